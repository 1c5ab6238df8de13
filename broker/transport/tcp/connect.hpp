#pragma once

#include "broker/base/error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace tieline::transport::tcp {

/// Connects the socket to a host's name or address, sending without delay. Cut short when cancelled.
/// Errors: of resolving and connecting; asio::error::timed_out when the look-up of a name took 5 s (Asio makes them on one thread for all).
boost::asio::awaitable<error_code> connect(boost::asio::ip::tcp::socket& socket, std::string host, std::uint16_t port);

}  // namespace tieline::transport::tcp
