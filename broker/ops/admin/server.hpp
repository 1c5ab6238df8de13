#pragma once

#include "broker/base/error.hpp"
#include "broker/ops/admin/requests.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <memory>
#include <string>

namespace tieline::ops::admin {

/// Where the socket of a data folder is.
std::string socket_path(const std::string& data);

/// The admin socket, on the thread that runs the context: whoever may use the data folder may use it. The file goes with it.
class server {
public:
    server(boost::asio::io_context& context, parts from);
    ~server();

    /// Makes the socket, with mode 0600, in place of one that a killed Tieline left (the store's lock says that none runs), and
    /// begins. Errors: those of bind and listen; asio::error::name_too_long; errc::file_exists when something else is there.
    error_code open(const std::string& path);

private:
    boost::asio::awaitable<void> accept_all();

    boost::asio::local::stream_protocol::acceptor acceptor_;
    std::shared_ptr<requests> requests_;
    std::shared_ptr<int> open_connections_ = std::make_shared<int>(0);  // the sessions count it down
    std::string path_{};
};

}  // namespace tieline::ops::admin
