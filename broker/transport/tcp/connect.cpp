#include "broker/transport/tcp/connect.hpp"

#include "broker/base/async.hpp"

#include <boost/asio/connect.hpp>

#include <memory>

namespace tieline::transport::tcp {
namespace {

using resolver = asio::ip::tcp::resolver;
using namespace std::chrono_literals;

constexpr auto look_up_limit = 5s;

/// A look-up under way. Asio can't cut it short, so it may outlast who waits for it; both hold it.
struct pending {
    explicit pending(const asio::any_io_executor& on) : names(on), waiting(on) {}
    resolver names;
    asio::steady_timer waiting;
    error_code failed = asio::error::timed_out;
    resolver::results_type found{};
};

asio::awaitable<result<resolver::results_type>> look_up(std::string host, std::string service)
{
    const auto mine = std::make_shared<pending>(co_await asio::this_coro::executor);
    mine->waiting.expires_after(look_up_limit);
    mine->names.async_resolve(host, service, [mine](error_code failed, resolver::results_type found) {
        mine->failed = failed;
        mine->found = std::move(found);
        mine->waiting.cancel();
    });
    co_await mine->waiting.async_wait(no_throw);
    if (mine->failed)
        co_return mine->failed;
    co_return std::move(mine->found);
}

// An address needs no look-up.
asio::awaitable<result<resolver::results_type>> find(std::string host, std::uint16_t port)
{
    const auto service = std::to_string(port);
    error_code no_address;
    const auto address = asio::ip::make_address(host, no_address);
    if (!no_address)
        co_return resolver::results_type::create(asio::ip::tcp::endpoint(address, port), host, service);
    auto looking = look_up(std::move(host), service);
    auto found = co_await std::move(looking);
    co_return found;
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
