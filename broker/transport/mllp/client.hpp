#pragma once

#include "broker/base/error.hpp"
#include "broker/transport/tls/tls.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace tieline::transport::mllp {

struct client_options {
    std::string host{};
    std::uint16_t port = 0;
    std::optional<tls::client_options> tls{};
    std::size_t max_frame = 16U << 20;  ///< bytes of a reply
};

/// One MLLP connection to a receiver, opened at the first need.
class client {
public:
    virtual ~client() = default;

    /// Connects where needed, writes the message as one frame and gives the next frame that comes.
    /// Errors: of resolving, connecting, TLS; asio::error::timed_out when no whole reply came within `limit`;
    /// asio::error::eof when the receiver hung up. After any error the connection is closed, so that a late reply can
    /// never be taken for a later message's.
    virtual boost::asio::awaitable<result<std::string>> exchange(std::string message, std::chrono::milliseconds limit) = 0;

    /// Writes the message as one frame and waits until the receiver's machine has it: for one that is never acknowledged.
    /// Errors: as of `exchange`; asio::error::timed_out also when it was not taken within `limit`.
    virtual boost::asio::awaitable<error_code> tell(std::string message, std::chrono::milliseconds limit) = 0;

    virtual void close() = 0;
};

/// Errors: of making the TLS context.
result<std::unique_ptr<client>> make_client(boost::asio::any_io_executor on, client_options options);

}  // namespace tieline::transport::mllp
