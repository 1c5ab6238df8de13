#pragma once

#include "broker/ops/http/pages.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace tieline::ops::http {

/// Serves one connection to its end: one request after the other.
boost::asio::awaitable<void> run_session(boost::asio::ip::tcp::socket socket, std::shared_ptr<const pages> from);

}  // namespace tieline::ops::http
