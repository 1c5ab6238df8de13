#pragma once

#include "broker/transport/listener.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>

namespace tieline::app::receive {

/// A plain HTTP/1.1 server for a receiving system: hands each POST and PUT below `base` to the intake and writes its reply. A reply of
/// kind `unavailable` without bytes drops the line; one without a status is no answer at all. Not for untrusted networks.
std::unique_ptr<transport::listener> make_http_server(boost::asio::io_context& context, transport::intake& intake,
                                                      boost::asio::ip::tcp::endpoint at, std::string base);

}  // namespace tieline::app::receive
