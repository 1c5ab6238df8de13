#include "broker/ops/http/server.hpp"

#include "broker/base/async.hpp"
#include "broker/observe/log.hpp"
#include "broker/ops/http/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace tieline::ops::http {
namespace {

using namespace std::chrono_literals;
using tcp = asio::ip::tcp;

constexpr int most_connections = 64;
constexpr auto back_off = 200ms;  // after a failed accept

}  // namespace

error_code server::open(tcp::endpoint at)
{
    error_code failed;
    acceptor_.open(at.protocol(), failed);
    if (!failed)
        acceptor_.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed)
        acceptor_.bind(at, failed);
    if (!failed)
        acceptor_.listen(most_connections, failed);
    if (failed)
        return failed;
    port_ = acceptor_.local_endpoint(failed).port();
    asio::co_spawn(acceptor_.get_executor(), accept_all(), asio::detached);
    return failed;
}

asio::awaitable<void> server::accept_all()
{
    for (;;) {
        auto [failed, socket] = co_await acceptor_.async_accept(no_throw);
        if (failed == asio::error::operation_aborted)
            co_return;
        if (failed) {
            observe::log.warn("ops.not_accepted", {{"reason", failed.message()}});
            co_await sleep_for(back_off);
            continue;
        }
        if (*open_connections_ >= most_connections)
            continue;  // closes it
        ++*open_connections_;
        auto session = run_session(std::move(socket), from_);
        asio::co_spawn(acceptor_.get_executor(), std::move(session), [open = open_connections_](std::exception_ptr) { --*open; });
    }
}

}  // namespace tieline::ops::http
