#include "broker/ops/admin/client.hpp"

#include "broker/base/async.hpp"
#include "broker/ops/admin/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <sys/un.h>

namespace tieline::ops::admin {
namespace {

using local = asio::local::stream_protocol;
namespace errc = boost::system::errc;

constexpr std::size_t longest_answer = 64U << 20;

asio::awaitable<result<std::string>> exchange(std::string path, std::string line)
{
    local::socket socket(co_await asio::this_coro::executor);
    const local::endpoint at(path);
    auto [away] = co_await socket.async_connect(at, no_throw);
    if (away == errc::no_such_file_or_directory || away == errc::connection_refused)
        co_return make_error_code(errc::connection_refused);
    if (away)
        co_return away;
    // A server that refuses a line answers before it has read all of it: the answer is read whatever became of the line.
    co_await asio::async_write(socket, asio::buffer(line), no_throw);
    std::string answer;
    auto into = asio::dynamic_buffer(answer, longest_answer);
    auto [failed, size] = co_await asio::async_read_until(socket, into, '\n', no_throw);
    if (failed)
        co_return failed;
    answer.resize(size - 1);
    co_return answer;
}

}  // namespace

result<std::string> ask(const std::string& data, std::string line, std::chrono::seconds limit)
{
    const auto path = socket_path(data);
    if (path.size() >= sizeof(sockaddr_un{}.sun_path))
        return error_code(asio::error::name_too_long);
    line += '\n';
    asio::io_context context;
    result<std::string> came = make_error_code(errc::timed_out);
    auto operation = with_timeout(exchange(path, std::move(line)), limit);
    asio::co_spawn(context, std::move(operation), [&came](std::exception_ptr, std::optional<result<std::string>> got) {
        if (got)
            came = std::move(*got);
    });
    context.run();
    return came;
}

}  // namespace tieline::ops::admin
