#include "broker/transport/tcp/connect.hpp"

#include "broker/base/async.hpp"

#include <boost/asio/connect.hpp>

namespace tieline::transport::tcp {
namespace {

using resolver = asio::ip::tcp::resolver;

// An address needs no look-up.
asio::awaitable<result<resolver::results_type>> find(std::string host, std::uint16_t port)
{
    const auto service = std::to_string(port);
    error_code no_address;
    const auto address = asio::ip::make_address(host, no_address);
    if (!no_address)
        co_return resolver::results_type::create(asio::ip::tcp::endpoint(address, port), host, service);
    resolver look_up(co_await asio::this_coro::executor);
    auto [failed, endpoints] = co_await look_up.async_resolve(host, service, no_throw);
    if (failed)
        co_return failed;
    co_return std::move(endpoints);
}

}  // namespace

asio::awaitable<error_code> connect(asio::ip::tcp::socket& socket, std::string host, std::uint16_t port)
{
    const auto endpoints = co_await find(std::move(host), port);
    if (!endpoints)
        co_return endpoints.error();
    auto [failed, endpoint] = co_await asio::async_connect(socket, *endpoints, no_throw);
    if (failed)
        co_return failed;
    error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    co_return error_code();
}

}  // namespace tieline::transport::tcp
