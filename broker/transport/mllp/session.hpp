#pragma once

#include "broker/transport/listener.hpp"
#include "broker/transport/mllp/frame_room.hpp"
#include "broker/transport/mllp/options.hpp"
#include "broker/transport/tcp/server.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace tieline::transport::mllp {

/// What the sessions of a listener share with it. They hold it together, so that a session can outlast its listener.
struct common : tcp::common {
    options given;
    frame_room room{48U << 20};
};

/// Serves one connection from its TLS handshake, where there is one, to its end: reads frames, has each message accepted, writes
/// the answers in order. `peer` is its address for the log. Never throws, unless it is cancelled.
boost::asio::awaitable<void> run_session(std::shared_ptr<tcp::connection> on, std::shared_ptr<common> with, std::string peer);

}  // namespace tieline::transport::mllp
