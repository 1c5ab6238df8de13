#include "broker/ops/http/session.hpp"

#include "broker/base/async.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace tieline::ops::http {
namespace {

using namespace std::chrono_literals;
namespace beast = boost::beast;
using field = beast::http::field;
using request_parser = beast::http::request_parser<beast::http::empty_body>;
using request_head = beast::http::request_header<>;
using response = beast::http::response<beast::http::string_body>;

constexpr auto request_time = 10s;  // from the last answer on, so it is the idle limit too
constexpr auto write_time = 10s;
constexpr auto linger_time = 1s;
constexpr std::uint32_t longest_head = 8U << 10;
constexpr std::size_t most_lingering = 64U << 10;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

// A request here has no body, so whatever speaks of one is refused: nothing is left that two servers could read differently.
std::string_view objection(const request_head& head)
{
    if (head.count(field::transfer_encoding) > 0)
        return "no Transfer-Encoding here";
    if (head.count(field::content_length) > 1 || (head.count(field::content_length) == 1 && head[field::content_length] != "0"))
        return "no content here";
    if (head.version() < 10 || head.version() > 11)
        return "expected HTTP/1.1";
    if (head.count(field::host) > 1 || (head.version() == 11 && head.count(field::host) == 0))
        return "expected one Host header";
    return {};
}

response make_response(answer from, bool keeps, bool head_only)
{
    response made{static_cast<beast::http::status>(from.status), 11};
    made.set(field::content_type, from.content_type);
    made.set(field::cache_control, "no-store");
    made.set("X-Content-Type-Options", "nosniff");
    made.set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    made.set("Referrer-Policy", "no-referrer");
    if (from.status == 405)
        made.set(field::allow, "GET, HEAD");
    made.keep_alive(keeps);
    made.content_length(from.body.size());
    if (!head_only)
        made.body() = std::move(from.body);
    return made;
}

/// One connection.
class session {
public:
    session(asio::ip::tcp::socket socket, const pages& from) : stream_(std::move(socket)), from_(from) {}

    asio::awaitable<void> run();

private:
    asio::awaitable<bool> serve();
    asio::awaitable<bool> send(answer what, bool keeps, bool head_only);
    asio::awaitable<void> linger();

    beast::tcp_stream stream_;
    const pages& from_;
    beast::flat_buffer buffer_{2 * longest_head};
};

asio::awaitable<void> session::run()
{
    bool goes_on = true;
    while (goes_on)
        goes_on = co_await serve();
    co_await linger();
}

// One request; false when the connection is to be closed.
asio::awaitable<bool> session::serve()
{
    request_parser parser;
    parser.header_limit(longest_head);
    stream_.expires_after(request_time);
    auto [failed, size] = co_await beast::http::async_read_header(stream_, buffer_, parser, no_throw);
    if (failed) {
        const bool large = failed == beast::http::error::header_limit || failed == beast::http::error::buffer_overflow;
        const bool unreadable = failed.category() == make_error_code(beast::http::error::bad_method).category() &&
                                failed != beast::http::error::end_of_stream && failed != beast::http::error::partial_message;
        if (unreadable) {
            answer refused{.status = large ? 431 : 400, .body = large ? "the head is larger than 8 KiB\n" : "no HTTP/1.1 request\n"};
            co_await send(std::move(refused), false, false);
        }
        co_return false;
    }
    const auto& head = parser.get();
    if (const auto why = objection(head); !why.empty()) {
        answer refused{.status = 400, .body = std::string(why) + "\n"};
        co_await send(std::move(refused), false, false);
        co_return false;
    }
    const asked request{.method = std::string(view(head.method_string())), .target = std::string(view(head.target())),
                        .host = std::string(view(head[field::host]))};
    auto said = from_.get(request);
    const bool keeps = head.keep_alive() && said.status < 400;
    const bool written = co_await send(std::move(said), keeps, request.method == "HEAD");
    co_return written && keeps;
}

asio::awaitable<bool> session::send(answer what, bool keeps, bool head_only)
{
    auto made = make_response(std::move(what), keeps, head_only);
    stream_.expires_after(write_time);
    auto [failed, size] = co_await beast::http::async_write(stream_, made, no_throw);
    co_return !failed;
}

// Closing a socket with unread bytes resets it, which can destroy the answer that is under way.
asio::awaitable<void> session::linger()
{
    error_code failed;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, failed);
    stream_.expires_after(linger_time);
    std::string unread(4096, '\0');
    for (std::size_t total = 0; !failed && total < most_lingering;) {
        auto [ended, size] = co_await stream_.async_read_some(asio::buffer(unread), no_throw);
        failed = ended;
        total += size;
    }
}

}  // namespace

asio::awaitable<void> run_session(asio::ip::tcp::socket socket, std::shared_ptr<const pages> from)
{
    session one(std::move(socket), *from);
    co_await one.run();
}

}  // namespace tieline::ops::http
