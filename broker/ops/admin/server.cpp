#include "broker/ops/admin/server.hpp"

#include "broker/base/async.hpp"
#include "broker/observe/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

namespace tieline::ops::admin {
namespace {

using namespace std::chrono_literals;
using local = asio::local::stream_protocol;
using observe::log;

constexpr int most_connections = 16;
constexpr std::size_t longest_line = 1U << 20;
constexpr auto idle_limit = 60s;
constexpr auto write_limit = 10s;
constexpr auto back_off = 200ms;  // after a failed accept

// Who is at the other end, by the kernel's word; none when it does not say.
std::optional<uid_t> peer_of(local::socket& socket)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return std::nullopt;
    return peer.uid;
}

asio::awaitable<bool> read_line(local::socket& socket, std::string& buffer)
{
    auto into = asio::dynamic_buffer(buffer, longest_line);
    auto [failed, size] = co_await asio::async_read_until(socket, into, '\n', no_throw);
    co_return !failed;
}

asio::awaitable<bool> write_line(local::socket& socket, const std::string& line)
{
    auto [failed, size] = co_await asio::async_write(socket, asio::buffer(line), no_throw);
    co_return !failed;
}

asio::awaitable<void> run_session(local::socket socket, std::shared_ptr<requests> with, std::string who)
{
    std::string buffer;
    for (;;) {
        auto reading = read_line(socket, buffer);
        const auto came = co_await with_timeout(std::move(reading), idle_limit);
        const auto end = buffer.find('\n');
        const bool too_long = came && !*came && end == buffer.npos && buffer.size() >= longest_line;
        if (!too_long && (!came || !*came))
            co_return;
        std::string said = too_long ? R"({"ok":false,"error":"a line is at most 1 MiB"})" : with->answer(std::string_view(buffer).substr(0, end), who);
        said += '\n';
        buffer.erase(0, too_long ? buffer.size() : end + 1);
        auto writing = write_line(socket, said);
        const auto written = co_await with_timeout(std::move(writing), write_limit);
        if (too_long || !written || !*written)
            co_return;
    }
}

// Only a socket is taken away, never a file that someone put there.
error_code clear(const std::string& path)
{
    std::error_code ignored;
    const auto there = std::filesystem::symlink_status(path, ignored).type();
    if (there == std::filesystem::file_type::not_found)
        return {};
    if (there != std::filesystem::file_type::socket)
        return make_error_code(boost::system::errc::file_exists);
    ::unlink(path.c_str());
    return {};
}

}  // namespace

std::string socket_path(const std::string& data) { return data + "/tieline.sock"; }

server::server(asio::io_context& context, parts from) : acceptor_(context), requests_(std::make_shared<requests>(std::move(from))) {}

server::~server()
{
    if (!path_.empty())
        ::unlink(path_.c_str());
}

error_code server::open(const std::string& path)
{
    if (path.size() >= sizeof(sockaddr_un{}.sun_path))
        return asio::error::name_too_long;
    auto failed = clear(path);
    if (!failed)
        acceptor_.open(local(), failed);
    if (!failed && ::fchmod(acceptor_.native_handle(), S_IRUSR | S_IWUSR) != 0)  // before bind, so that it is never open to others
        failed = error_code(errno, boost::system::system_category());
    if (!failed)
        acceptor_.bind(local::endpoint(path), failed);
    if (!failed)
        acceptor_.listen(most_connections, failed);
    if (failed)
        return failed;
    path_ = path;
    asio::co_spawn(acceptor_.get_executor(), accept_all(), asio::detached);
    return {};
}

asio::awaitable<void> server::accept_all()
{
    for (;;) {
        auto [failed, socket] = co_await acceptor_.async_accept(no_throw);
        if (failed == asio::error::operation_aborted)
            co_return;
        if (failed) {
            log.warn("ops.not_accepted", {{"reason", failed.message()}});
            co_await sleep_for(back_off);
            continue;
        }
        const auto uid = peer_of(socket);
        if (!uid || (*uid != ::geteuid() && *uid != 0) || *open_connections_ >= most_connections)
            continue;  // closes it
        ++*open_connections_;
        auto session = run_session(std::move(socket), requests_, "uid " + std::to_string(*uid));
        asio::co_spawn(acceptor_.get_executor(), std::move(session), [open = open_connections_](std::exception_ptr) { --*open; });
    }
}

}  // namespace tieline::ops::admin
