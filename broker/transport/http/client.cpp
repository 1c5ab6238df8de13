#include "broker/transport/http/client.hpp"

#include "broker/base/async.hpp"
#include "broker/transport/tcp/connect.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <cctype>

namespace tieline::transport::http {
namespace {

namespace beast = boost::beast;
using socket = asio::ip::tcp::socket;
using secure_stream = asio::ssl::stream<socket&>;
using request_message = beast::http::request<beast::http::string_body>;
using response_parser = beast::http::response_parser<beast::http::buffer_body>;

constexpr std::size_t longest_header = 64U << 10;

/// One connection: gone as a whole when anything fails.
class connection {
public:
    explicit connection(asio::any_io_executor on) : socket_(on) {}

    asio::awaitable<error_code> open(const client_options& to, std::shared_ptr<asio::ssl::context> context);
    asio::awaitable<error_code> write(request_message& what);
    /// `begun` tells whether anything of a response came.
    asio::awaitable<result<response>> read(std::size_t max_body, bool& begun);
    bool keeps_alive() const { return keeps_alive_; }
    void shut()
    {
        error_code ignored;
        socket_.close(ignored);
    }

private:
    asio::awaitable<error_code> read_body(response_parser& parser, std::string& into, std::size_t max_body);

    socket socket_;
    std::optional<secure_stream> stream_{};
    beast::flat_buffer buffer_{};
    bool keeps_alive_ = true;
};

asio::awaitable<error_code> connection::open(const client_options& to, std::shared_ptr<asio::ssl::context> context)
{
    const auto failed = co_await tcp::connect(socket_, to.to.host, to.to.port);
    if (failed)
        co_return failed;
    if (!context)
        co_return error_code();
    stream_.emplace(socket_, *context);
    const auto name = to.tls && !to.tls->name.empty() ? to.tls->name : to.to.host;
    if (const auto unsafe = tls::expect_peer(stream_->native_handle(), name))
        co_return unsafe;
    auto [refused] = co_await stream_->async_handshake(asio::ssl::stream_base::client, no_throw);
    co_return refused;
}

asio::awaitable<error_code> connection::write(request_message& what)
{
    if (stream_) {
        auto [failed, size] = co_await beast::http::async_write(*stream_, what, no_throw);
        co_return failed;
    }
    auto [failed, size] = co_await beast::http::async_write(socket_, what, no_throw);
    co_return failed;
}

// An unclean end of TLS is an end: a body whose length was told has come whole all the same.
error_code without_truncation(error_code failed)
{
    return failed == asio::ssl::error::stream_truncated ? error_code(beast::http::error::end_of_stream) : failed;
}

asio::awaitable<result<response>> connection::read(std::size_t max_body, bool& begun)
{
    response_parser parser;
    parser.header_limit(longest_header);
    parser.body_limit(boost::none);  // what is too much is read and thrown away
    error_code failed;
    if (stream_) {
        auto [ended, size] = co_await beast::http::async_read_header(*stream_, buffer_, parser, no_throw);
        failed = without_truncation(ended);
    } else {
        auto [ended, size] = co_await beast::http::async_read_header(socket_, buffer_, parser, no_throw);
        failed = ended;
    }
    begun = begun || buffer_.size() > 0 || parser.got_some();
    if (failed)
        co_return failed;
    response got{.status = static_cast<int>(parser.get().result_int())};
    for (const auto& field : parser.get()) {
        std::string name(field.name_string());
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
        got.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    failed = co_await read_body(parser, got.body, max_body);
    if (failed)
        co_return failed;
    keeps_alive_ = parser.get().keep_alive();
    co_return got;
}

asio::awaitable<error_code> connection::read_body(response_parser& parser, std::string& into, std::size_t max_body)
{
    std::string chunk(16U << 10, '\0');
    while (!parser.is_done()) {
        parser.get().body().data = chunk.data();
        parser.get().body().size = chunk.size();
        error_code failed;
        if (stream_) {
            auto [ended, size] = co_await beast::http::async_read(*stream_, buffer_, parser, no_throw);
            failed = without_truncation(ended);
        } else {
            auto [ended, size] = co_await beast::http::async_read(socket_, buffer_, parser, no_throw);
            failed = ended;
        }
        const auto came = chunk.size() - parser.get().body().size;
        into.append(chunk, 0, std::min(came, max_body - into.size()));
        if (failed && failed != beast::http::error::need_buffer)
            co_return failed;
    }
    co_return error_code();
}

class http_client final : public client {
public:
    http_client(asio::any_io_executor on, client_options options, std::shared_ptr<asio::ssl::context> context)
        : on_(std::move(on)), options_(std::move(options)), context_(std::move(context))
    {
    }

    asio::awaitable<result<response>> exchange(request what, std::chrono::milliseconds limit) override;
    void close() override
    {
        if (connection_)
            connection_->shut();
        connection_.reset();
    }

private:
    request_message make(request what) const;
    asio::awaitable<result<response>> try_exchange(request what);
    asio::awaitable<result<response>> try_once(request_message& message, bool& begun);

    asio::any_io_executor on_;
    client_options options_;
    std::shared_ptr<asio::ssl::context> context_;
    std::shared_ptr<connection> connection_{};  // shared with an exchange that `close` may overtake
};

request_message http_client::make(request what) const
{
    request_message made;
    made.version(11);
    made.method_string(what.method);
    made.target(what.path.empty() ? "/" : what.path);
    const bool usual = options_.to.port == (options_.to.secure ? 443 : 80);
    const bool v6 = options_.to.host.find(':') != std::string::npos;
    made.set(beast::http::field::host, (v6 ? '[' + options_.to.host + ']' : options_.to.host) +
                                           (usual ? "" : ':' + std::to_string(options_.to.port)));
    for (const auto& [name, value] : what.headers)
        made.set(name, value);
    made.body() = std::move(what.body);
    made.prepare_payload();
    return made;
}

asio::awaitable<result<response>> http_client::exchange(request what, std::chrono::milliseconds limit)
{
    auto trying = try_exchange(std::move(what));
    auto got = co_await with_timeout(std::move(trying), limit);
    if (!got || !*got || !connection_ || !connection_->keeps_alive())
        connection_.reset();
    if (!got)
        co_return error_code(asio::error::timed_out);
    co_return std::move(*got);
}

// A kept connection that the server has closed meanwhile is opened again, once, when nothing of a response has come.
asio::awaitable<result<response>> http_client::try_exchange(request what)
{
    auto message = make(std::move(what));
    const bool kept = connection_ != nullptr;
    bool begun = false;
    auto got = co_await try_once(message, begun);
    if (got || !kept || begun)
        co_return got;
    connection_.reset();
    auto again = co_await try_once(message, begun);
    co_return again;
}

asio::awaitable<result<response>> http_client::try_once(request_message& message, bool& begun)
{
    auto used = connection_;
    if (!used) {
        used = std::make_shared<connection>(on_);
        connection_ = used;
        const auto failed = co_await used->open(options_, context_);
        if (failed)
            co_return failed;
    }
    const auto failed = co_await used->write(message);
    if (failed)
        co_return failed;
    auto got = co_await used->read(options_.max_body, begun);
    co_return got;
}

}  // namespace

result<std::unique_ptr<client>> make_client(asio::any_io_executor on, client_options options)
{
    std::shared_ptr<asio::ssl::context> context;
    if (options.to.secure) {
        auto made = tls::make_client_context(options.tls.value_or(tls::client_options{}));
        if (!made)
            return made.error();
        context = std::move(*made);
    }
    return std::make_unique<http_client>(std::move(on), std::move(options), std::move(context));
}

}  // namespace tieline::transport::http
