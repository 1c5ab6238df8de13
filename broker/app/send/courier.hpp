#pragma once

#include "broker/app/send/answer.hpp"
#include "broker/app/send/target.hpp"
#include "broker/base/error.hpp"
#include "broker/transport/tls/tls.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace tieline::app::send {

/// One connection to the receiver, opened at its first message.
class courier {
public:
    virtual ~courier() = default;

    /// Takes the message there and reads the answer. Errors: of connecting, TLS, asio::error::timed_out, asio::error::eof …
    virtual boost::asio::awaitable<result<answer>> take(std::string message, std::string control_id, std::chrono::milliseconds limit) = 0;
};

/// What all couriers of a run need.
struct errand {
    target to{};
    transport::tls::client_options tls{};  ///< used where the target is secure
    std::string token{};                   ///< bearer token; empty: none
};

/// Errors: of the TLS files.
result<std::unique_ptr<courier>> make_courier(boost::asio::any_io_executor on, const errand& from);

}  // namespace tieline::app::send
