#pragma once

#include "broker/base/error.hpp"
#include "broker/ops/http/pages.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace tieline::ops::http {

/// Accepts connections and answers their requests, on the thread that runs the context. Everything about it is bounded
/// (this room's README).
class server {
public:
    server(boost::asio::io_context& context, std::shared_ptr<const pages> from) : acceptor_(context), from_(std::move(from)) {}

    /// Opens the port and begins. Errors: those of bind and listen.
    error_code open(boost::asio::ip::tcp::endpoint at);
    std::uint16_t port() const { return port_; }

private:
    boost::asio::awaitable<void> accept_all();

    boost::asio::ip::tcp::acceptor acceptor_;
    std::shared_ptr<const pages> from_;
    std::shared_ptr<int> open_connections_ = std::make_shared<int>(0);  // the sessions count it down
    std::uint16_t port_ = 0;
};

}  // namespace tieline::ops::http
