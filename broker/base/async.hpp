#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <optional>

namespace tieline {

namespace asio = boost::asio;

/// The usual completion token: errors come back as a code beside the value, nothing is thrown.
inline constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

/// Waits for the span; returns early, silently, when cancelled.
inline asio::awaitable<void> sleep_for(std::chrono::steady_clock::duration span)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, span);
    co_await timer.async_wait(no_throw);
}

/// The operation's value; none when `limit` passed first, in which case the operation was cancelled and has ended.
/// Boost 1.81 has no `cancel_after`.
template <typename T>
asio::awaitable<std::optional<T>> with_timeout(asio::awaitable<T> operation, std::chrono::steady_clock::duration limit)
{
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(co_await asio::this_coro::executor, limit);
    auto expired = timer.async_wait(no_throw);
    auto both = co_await (std::move(operation) || std::move(expired));
    if (both.index() == 1)
        co_return std::nullopt;
    co_return std::get<0>(std::move(both));
}

}  // namespace tieline
