#pragma once

#include "broker/transport/http/options.hpp"
#include "broker/transport/mllp/frame_room.hpp"
#include "broker/transport/tcp/server.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace tieline::transport::http {

/// What the sessions of a listener share.
struct common : tcp::common {
    options given;
    std::string metadata{};  ///< its CapabilityStatement
    mllp::frame_room room{48U << 20};  ///< of the contents that all of them hold at once
};

/// Serves one connection from its TLS handshake, where there is one, to its end: one request after the other.
boost::asio::awaitable<void> run_session(std::shared_ptr<tcp::connection> on, std::shared_ptr<common> with, std::string peer);

}  // namespace tieline::transport::http
