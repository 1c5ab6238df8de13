#include "broker/transport/mllp/client.hpp"

#include "broker/base/async.hpp"
#include "broker/base/sabotage.hpp"
#include "broker/transport/mllp/framer.hpp"
#include "broker/transport/tcp/connect.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

namespace tieline::transport::mllp {
namespace {

using socket = asio::ip::tcp::socket;
using secure_stream = asio::ssl::stream<socket&>;

constexpr std::size_t chunk_size = 16U << 10;
constexpr auto look_again = std::chrono::milliseconds(2);

/// The socket, the TLS session on it where there is one, and what has come: gone together when anything fails.
class connection {
public:
    connection(asio::any_io_executor on, std::size_t max_frame) : socket_(on), framer_(max_frame) {}

    asio::awaitable<error_code> open(const client_options& to, std::shared_ptr<asio::ssl::context> context);
    asio::awaitable<error_code> write(std::string_view bytes);
    asio::awaitable<result<std::string>> read();
    asio::awaitable<error_code> until_taken();
    /// Whether another message may go out on it: not when the receiver hung up, nor when bytes of a late reply lie there.
    bool reusable();
    void shut()
    {
        error_code ignored;
        socket_.close(ignored);
    }

private:
    asio::awaitable<error_code> secure(const client_options& to, asio::ssl::context& context);
    asio::awaitable<error_code> feed();

    socket socket_;
    std::optional<secure_stream> stream_{};
    framer framer_;
    std::string chunk_ = std::string(chunk_size, '\0');
};

asio::awaitable<error_code> connection::open(const client_options& to, std::shared_ptr<asio::ssl::context> context)
{
    const auto failed = co_await tcp::connect(socket_, to.host, to.port);
    if (failed)
        co_return failed;
    error_code ignored;
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    if (!context)
        co_return error_code();
    const auto unsafe = co_await secure(to, *context);
    co_return unsafe;
}

bool connection::reusable()
{
    if (framer_.has_more())
        return false;
    char bytes[2]{};
    const auto waiting = ::recv(socket_.native_handle(), bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (waiting < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK;
    if (stream_)
        return waiting > 0;  // TLS may have sent a ticket
    return waiting == 1 && bytes[0] == '\r';  // of the last frame
}

asio::awaitable<error_code> connection::secure(const client_options& to, asio::ssl::context& context)
{
    stream_.emplace(socket_, context);
    if (const auto failed = tls::expect_peer(stream_->native_handle(), to.tls->name.empty() ? to.host : to.tls->name))
        co_return failed;
    auto [failed] = co_await stream_->async_handshake(asio::ssl::stream_base::client, no_throw);
    co_return failed;
}

asio::awaitable<error_code> connection::write(std::string_view bytes)
{
    const auto buffer = asio::buffer(bytes);
    if (stream_) {
        auto [failed, size] = co_await asio::async_write(*stream_, buffer, no_throw);
        co_return failed;
    }
    auto [failed, size] = co_await asio::async_write(socket_, buffer, no_throw);
    co_return failed;
}

asio::awaitable<result<std::string>> connection::read()
{
    for (;;) {
        auto next = framer_.next();
        if (!next)
            co_return next.error();
        if (*next)
            co_return std::move(**next);
        const auto failed = co_await feed();
        if (failed)
            co_return failed;
    }
}

// Until the receiver's TCP has acknowledged all that was written (tcp(7), SIOCOUTQ), or has reset the connection.
asio::awaitable<error_code> connection::until_taken()
{
    for (;;) {
        int unsent = 0, fault = 0;
        socklen_t size = sizeof fault;
        ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &fault, &size);
        if (fault != 0 || ::ioctl(socket_.native_handle(), SIOCOUTQ, &unsent) != 0)
            co_return error_code(fault != 0 ? fault : errno, boost::system::system_category());
        if (unsent == 0)
            co_return error_code();
        co_await sleep_for(look_again);
    }
}

asio::awaitable<error_code> connection::feed()
{
    if (stream_) {
        auto [failed, size] = co_await stream_->async_read_some(asio::buffer(chunk_), no_throw);
        framer_.feed({chunk_.data(), size});
        co_return failed == asio::ssl::error::stream_truncated ? error_code(asio::error::eof) : failed;
    }
    auto [failed, size] = co_await socket_.async_read_some(asio::buffer(chunk_), no_throw);
    framer_.feed({chunk_.data(), size});
    co_return failed;
}

class mllp_client final : public client {
public:
    mllp_client(asio::any_io_executor on, client_options options, std::shared_ptr<asio::ssl::context> context)
        : on_(std::move(on)), options_(std::move(options)), context_(std::move(context))
    {
    }

    asio::awaitable<result<std::string>> exchange(std::string message, std::chrono::milliseconds limit) override;
    asio::awaitable<error_code> tell(std::string message, std::chrono::milliseconds limit) override;
    void close() override
    {
        if (connection_)
            connection_->shut();
        connection_.reset();
    }

private:
    asio::awaitable<result<std::shared_ptr<connection>>> write(std::string message);
    asio::awaitable<result<std::string>> try_exchange(std::string message);
    asio::awaitable<error_code> try_tell(std::string message);

    asio::any_io_executor on_;
    client_options options_;
    std::shared_ptr<asio::ssl::context> context_;
    std::shared_ptr<connection> connection_{};  // shared with an exchange that `close` may overtake
};

asio::awaitable<result<std::string>> mllp_client::exchange(std::string message, std::chrono::milliseconds limit)
{
    auto trying = try_exchange(std::move(message));
    auto got = co_await with_timeout(std::move(trying), limit);
    if (got && *got)
        co_return std::move(*got);
    connection_.reset();
    if (!got)
        co_return error_code(asio::error::timed_out);
    co_return got->error();
}

asio::awaitable<error_code> mllp_client::tell(std::string message, std::chrono::milliseconds limit)
{
    auto trying = try_tell(std::move(message));
    const auto came = co_await with_timeout(std::move(trying), limit);
    const auto failed = came ? *came : error_code(asio::error::timed_out);
    if (failed)
        connection_.reset();
    co_return failed;
}

// Gives the connection that it was written to, opened where needed.
asio::awaitable<result<std::shared_ptr<connection>>> mllp_client::write(std::string message)
{
    if (connection_ && !connection_->reusable())
        connection_.reset();
    auto used = connection_;
    if (!used) {
        used = std::make_shared<connection>(on_, options_.max_frame);
        connection_ = used;
        const auto failed = co_await used->open(options_, context_);
        if (failed)
            co_return failed;
    }
    const auto framed = frame(message);
    const auto failed = co_await used->write(framed);
    if (failed)
        co_return failed;
    die_at("sent");
    co_return used;
}

asio::awaitable<result<std::string>> mllp_client::try_exchange(std::string message)
{
    auto writing = write(std::move(message));
    const auto used = co_await std::move(writing);
    if (!used)
        co_return used.error();
    auto reply = co_await (*used)->read();
    co_return reply;
}

asio::awaitable<error_code> mllp_client::try_tell(std::string message)
{
    auto writing = write(std::move(message));
    const auto used = co_await std::move(writing);
    if (!used)
        co_return used.error();
    const auto failed = co_await (*used)->until_taken();
    co_return failed;
}

}  // namespace

result<std::unique_ptr<client>> make_client(asio::any_io_executor on, client_options options)
{
    std::shared_ptr<asio::ssl::context> context;
    if (options.tls) {
        auto made = tls::make_client_context(*options.tls);
        if (!made)
            return made.error();
        context = std::move(*made);
    }
    return std::make_unique<mllp_client>(std::move(on), std::move(options), std::move(context));
}

}  // namespace tieline::transport::mllp
