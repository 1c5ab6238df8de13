#include "broker/transport/http/session.hpp"

#include "broker/base/async.hpp"
#include "broker/observe/log.hpp"
#include "broker/transport/http/address.hpp"
#include "broker/transport/http/answer.hpp"
#include "broker/transport/http/head.hpp"

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <openssl/crypto.h>
#include <sys/socket.h>

namespace tieline::transport::http {
namespace {

using namespace std::chrono_literals;
namespace beast = boost::beast;
using observe::log;
using tcp::connection;
using socket = asio::ip::tcp::socket;
using request_parser = beast::http::request_parser<beast::http::string_body>;

constexpr auto handshake_time = 10s;
constexpr auto write_time = 30s;
constexpr auto linger_time = 1s;
constexpr std::uint32_t longest_head = 16U << 10;

objection refused(int status, std::string code, std::string diagnostics)
{
    return {.status = status, .why = {.code = std::move(code), .diagnostics = std::move(diagnostics)}, .close = true};
}

// What is said of a request that could not be read.
objection unreadable(error_code why)
{
    if (why == beast::http::error::body_limit)
        return refused(413, "too-long", "the content is larger than this listener allows");
    if (why == beast::http::error::header_limit)
        return refused(431, "too-long", "the head is larger than 16 KiB");
    if (why == asio::error::timed_out)
        return refused(408, "timeout", "the request took too long to come");
    return refused(400, "structure", "no HTTP/1.1 request");
}

/// One conversation, whatever the stream below it.
template <typename Stream>
class conversation {
public:
    conversation(Stream& stream, connection& on, common& with, std::string peer, std::string sender)
        : stream_(stream), on_(on), with_(with), peer_(std::move(peer)), sender_(std::move(sender))
    {
    }

    asio::awaitable<void> run();

private:
    asio::awaitable<error_code> wait_for_bytes();
    asio::awaitable<bool> wait_for_request();
    asio::awaitable<error_code> read_head();
    asio::awaitable<error_code> read_body();
    asio::awaitable<bool> serve();
    asio::awaitable<bool> take_head(std::optional<objection>& against);
    asio::awaitable<void> take_content(std::optional<objection>& against);
    asio::awaitable<void> turn_away(objection why, asked what);
    asio::awaitable<response_message> answer(asked what);
    asio::awaitable<response_message> accept(std::string request);
    asio::awaitable<bool> write(response_message what);
    std::optional<objection> object_to(const head& of, const asked& what);
    bool shows_token(const head& of) const;
    void note(std::string_view reason);

    Stream& stream_;
    connection& on_;
    common& with_;
    std::string peer_;
    std::string sender_;
    mllp::frame_room::share room_{with_.room};
    bool waits_for_room_ = false;
    beast::flat_buffer buffer_{};
    std::optional<request_parser> parser_{};
};

template <typename Stream>
asio::awaitable<void> conversation<Stream>::run()
{
    bool goes_on = true;
    while (goes_on && !with_.stopping) {
        const bool came = co_await wait_for_request();
        if (!came)
            co_return;
        goes_on = co_await serve();
    }
}

// An idle connection costs no buffer, but with TLS: a request that came with the handshake's end or behind another one lies in the
// stream's own buffers, where the socket shows nothing of it.
template <typename Stream>
asio::awaitable<error_code> conversation<Stream>::wait_for_bytes()
{
    if constexpr (std::is_same_v<Stream, socket>) {
        auto [failed] = co_await on_.socket.async_wait(socket::wait_read, no_throw);
        co_return failed;
    } else {
        auto space = buffer_.prepare(4096);
        auto [failed, size] = co_await stream_.async_read_some(space, no_throw);
        buffer_.commit(size);
        co_return failed;
    }
}

template <typename Stream>
asio::awaitable<bool> conversation<Stream>::wait_for_request()
{
    if (buffer_.size() > 0)
        co_return true;
    on_.must_end_within(with_.given.idle_close);
    on_.reading = true;
    auto waiting = wait_for_bytes();
    const auto failed = co_await std::move(waiting);
    on_.reading = false;
    on_.may_take_for_ever();
    if (failed || with_.stopping)
        co_return false;
    unsigned char opening[2]{};
    const bool tls_handshake = ::recv(on_.socket.native_handle(), opening, 2, MSG_PEEK | MSG_DONTWAIT) == 2 && opening[0] == 0x16 && opening[1] == 3;
    if (std::is_same_v<Stream, socket> && tls_handshake) {
        note("TLS on a plain HTTP port");
        co_return false;
    }
    co_return true;
}

template <typename Stream>
asio::awaitable<error_code> conversation<Stream>::read_head()
{
    auto [failed, size] = co_await beast::http::async_read_header(stream_, buffer_, *parser_, no_throw);
    co_return failed;
}

// Reads on only where there is room for what came: many senders may send large contents at once.
template <typename Stream>
asio::awaitable<error_code> conversation<Stream>::read_body()
{
    parser_->eager(true);
    while (!parser_->is_done()) {
        auto [failed, size] = co_await beast::http::async_read_some(stream_, buffer_, *parser_, no_throw);
        if (failed)
            co_return failed;
        waits_for_room_ = true;
        while (!room_.resize(parser_->get().body().size()))
            co_await sleep_for(20ms);
        waits_for_room_ = false;
    }
    co_return error_code();
}

// One request; false when the connection is to be closed.
template <typename Stream>
asio::awaitable<bool> conversation<Stream>::serve()
{
    std::optional<objection> against;
    const bool came = co_await take_head(against);
    if (!came)
        co_return false;
    const auto method = parser_->get().method_string();
    const auto target = parser_->get().target();
    const auto what = read_address({method.data(), method.size()}, {target.data(), target.size()}, with_.given.base);
    if (!against)
        against = object_to(parser_->get(), what);
    if (!against)
        co_await take_content(against);
    if (against) {
        co_await turn_away(std::move(*against), what);
        co_return false;
    }
    auto said = co_await answer(what);
    const bool keeps = parser_->get().keep_alive() && said.keep_alive();
    said.keep_alive(keeps);
    const bool written = co_await write(std::move(said));
    room_.resize(0);
    co_return written && keeps;
}

// False when the peer went.
template <typename Stream>
asio::awaitable<bool> conversation<Stream>::take_head(std::optional<objection>& against)
{
    parser_.emplace();
    parser_->header_limit(longest_head);
    parser_->body_limit(with_.given.max_body);
    auto reading = read_head();
    const auto read = co_await with_timeout(std::move(reading), with_.given.header_time);
    const auto failed = read.value_or(asio::error::timed_out);
    if (!failed)
        co_return true;
    const bool no_http = failed.category() == make_error_code(beast::http::error::bad_method).category();
    against = unreadable(failed);
    co_return failed == asio::error::timed_out || (no_http && failed != beast::http::error::end_of_stream);
}

template <typename Stream>
asio::awaitable<void> conversation<Stream>::take_content(std::optional<objection>& against)
{
    if (beast::iequals(parser_->get()[beast::http::field::expect], "100-continue")) {
        response_message go_on{beast::http::status::continue_, 11};
        co_await write(std::move(go_on));
    }
    auto reading = read_body();
    const auto read = co_await with_timeout(std::move(reading), with_.given.body_time);
    const auto failed = read.value_or(asio::error::timed_out);
    if (!read && waits_for_room_)
        against = refused(503, "throttled", "there is no room in memory for the content now, send it again later");
    else if (failed)
        against = unreadable(failed);
}

template <typename Stream>
asio::awaitable<void> conversation<Stream>::turn_away(objection why, asked what)
{
    note(why.why.diagnostics);
    why.close = true;
    auto said = make_response(why);
    if (what.what == asked::kind::not_allowed)
        said.set(beast::http::field::allow, what.allow);
    co_await write(std::move(said));
}

// What can be said against a request before its content has come.
template <typename Stream>
std::optional<objection> conversation<Stream>::object_to(const head& of, const asked& what)
{
    if (auto against = check_framing(of))
        return against;
    if (!shows_token(of))
        return refused(401, "login", "no bearer token, or not the right one");
    if (what.what == asked::kind::not_found)
        return refused(404, "not-found", "nothing has this address");
    if (what.what == asked::kind::not_allowed)
        return refused(405, "not-supported", "the method is not allowed here, expected " + what.allow);
    if (what.what == asked::kind::message)
        return check_media(of);
    return std::nullopt;
}

// Compared as digests in constant time, so that an answer's time says nothing of the token.
template <typename Stream>
bool conversation<Stream>::shows_token(const head& of) const
{
    if (!with_.given.token)
        return true;
    constexpr std::string_view scheme = "bearer ";
    const auto header = of[beast::http::field::authorization];
    const std::string_view given(header.data(), header.size());
    if (given.size() < scheme.size() || !beast::iequals(given.substr(0, scheme.size()), scheme))
        return false;
    const auto shown = sha256(given.substr(scheme.size()));
    return CRYPTO_memcmp(shown.data(), with_.given.token->data(), shown.size()) == 0;
}

template <typename Stream>
asio::awaitable<response_message> conversation<Stream>::answer(asked what)
{
    if (what.what == asked::kind::message) {
        auto said = co_await accept(std::move(what.request));
        co_return said;
    }
    std::optional<std::string> found = with_.metadata;
    if (what.what == asked::kind::status)
        found = with_.intake.status(with_.given.from.name, sender_, what.request);
    auto made = found ? make_response(200, std::move(*found)) : make_response(refused(404, "not-found", "no message of this sender has this id"));
    made.keep_alive(true);
    if (parser_->get().method() == beast::http::verb::head) {
        const auto size = made.body().size();
        made.body().clear();
        made.content_length(size);
    }
    co_return made;
}

template <typename Stream>
asio::awaitable<response_message> conversation<Stream>::accept(std::string request)
{
    if (!with_.intake.ready()) {
        auto later = make_response(reply{}, with_.given.base);
        co_return later;
    }
    model::received received;
    received.bytes = std::move(parser_->get().body());
    received.listener = with_.given.from.name;
    received.peer = peer_;
    received.sender = sender_;
    received.request = std::move(request);
    received.content_type = std::string(parser_->get()[beast::http::field::content_type]);
    received.at = now();
    auto said = co_await with_.intake.accept(std::move(received));
    auto made = make_response(std::move(said), with_.given.base);
    co_return made;
}

template <typename Stream>
asio::awaitable<bool> conversation<Stream>::write(response_message what)
{
    on_.must_end_within(write_time);
    auto [failed, size] = co_await beast::http::async_write(stream_, what, no_throw);
    on_.may_take_for_ever();
    co_return !failed;
}

template <typename Stream>
void conversation<Stream>::note(std::string_view reason)
{
    log.warn("http.refused", {{"listener", with_.given.from.name}, {"peer", peer_}, {"reason", reason}});
    with_.row.last_error.set(std::string(reason) + " (" + peer_ + ")");
}

// Closing a socket with unread bytes resets it, which can destroy the answer that is under way: reads what the peer still sends,
// for a short while.
asio::awaitable<void> linger(connection& on)
{
    error_code failed;
    on.socket.shutdown(socket::shutdown_send, failed);
    on.must_end_within(linger_time);
    std::string unread(16U << 10, '\0');
    while (!failed) {
        auto [ended, size] = co_await on.socket.async_read_some(asio::buffer(unread), no_throw);
        failed = ended;
    }
}

asio::awaitable<void> run_tls(connection& on, common& with, std::string peer, std::shared_ptr<asio::ssl::context> context)
{
    asio::ssl::stream<socket&> stream(on.socket, *context);
    on.must_end_within(handshake_time);
    auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::server, no_throw);
    if (failed) {
        log.warn("http.handshake_failed", {{"listener", with.given.from.name}, {"peer", peer}, {"reason", failed.message()}});
        with.row.last_error.set("TLS handshake failed: " + failed.message() + " (" + peer + ")");
        co_return;
    }
    auto name = tcp::allowed_name(stream.native_handle(), with.given.from, with, peer);
    if (!name)
        co_return;
    std::string sender = with.given.token ? with.given.token_name : *name;
    conversation<asio::ssl::stream<socket&>> talk(stream, on, with, std::move(peer), std::move(sender));
    co_await talk.run();
    on.must_end_within(linger_time);
    co_await stream.async_shutdown(no_throw);
    co_await linger(on);
}

}  // namespace

asio::awaitable<void> run_session(std::shared_ptr<connection> on, std::shared_ptr<common> with, std::string peer)
{
    error_code ignored;
    on->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    auto context = with->tls;
    if (context) {
        co_await run_tls(*on, *with, std::move(peer), std::move(context));
        co_return;
    }
    std::string sender = with->given.token ? with->given.token_name : std::string();
    conversation<socket> talk(on->socket, *on, *with, std::move(peer), std::move(sender));
    co_await talk.run();
    co_await linger(*on);
}

}  // namespace tieline::transport::http
