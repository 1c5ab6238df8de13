#include "broker/transport/mllp/session.hpp"

#include "broker/base/async.hpp"
#include "broker/base/sabotage.hpp"
#include "broker/observe/log.hpp"
#include "broker/transport/mllp/framer.hpp"

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <string>
#include <utility>

namespace tieline::transport::mllp {
namespace {

using namespace std::chrono_literals;
using observe::log;
using tcp::connection;
using clock = connection::clock;
using socket = asio::ip::tcp::socket;

constexpr auto handshake_time = 10s;
constexpr auto write_time = 30s;
constexpr auto linger_time = 1s;
constexpr auto quick = 1ms;  // an answer that took longer was synced, and is not held back for others
constexpr std::size_t idle_chunk = 2U << 10;
constexpr std::size_t busy_chunk = 64U << 10;
constexpr std::size_t most_gathered = 64U << 10;
constexpr char not_http[] = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 34\r\nConnection: close\r\n\r\n"
                            "This port speaks MLLP, not HTTP.\r\n";

/// What is to be said over a connection beside its answers: application acknowledgments. Held by the session, and by nobody else for long.
class aside final : public way_back {
public:
    explicit aside(connection& on) : on_(on) {}
    void say(std::string bytes) override
    {
        append_frame(framed_, bytes);
        on_.stop_reading();  // the session writes it before it reads on
    }
    asio::any_io_executor thread() const override { return on_.socket.get_executor(); }
    bool waits() const { return !framed_.empty(); }
    std::string take() { return std::exchange(framed_, {}); }

private:
    connection& on_;
    std::string framed_{};
};

/// One conversation, whatever the stream below it: the state between reads.
template <typename Stream>
class conversation {
public:
    conversation(Stream& stream, connection& on, common& with, std::string peer, std::string sender)
        : stream_(stream), on_(on), with_(with), peer_(std::move(peer)), sender_(std::move(sender))
    {
    }

    /// Until the peer or we end it. True when bytes of the peer may still be under way, which must not reset our last answer.
    asio::awaitable<bool> run();

private:
    enum class next_step { read_on, close };

    asio::awaitable<bool> make_room();
    asio::awaitable<bool> read();
    asio::awaitable<next_step> answer_all();
    asio::awaitable<next_step> accept(std::string message);
    asio::awaitable<next_step> refuse(error_code why);
    asio::awaitable<bool> write();
    asio::awaitable<bool> say_aside();
    void note(std::string_view event, std::string_view reason);
    void note_end(error_code why);
    void count_skipped();

    Stream& stream_;
    connection& on_;
    common& with_;
    std::string peer_;
    std::string sender_;
    framer framer_{with_.given.max_frame};
    frame_room::share room_{with_.room};
    std::string chunk_ = std::string(sabotaged("fat") ? 1U << 20 : idle_chunk, '\0');
    std::size_t came_ = 0;           // bytes of the last read
    clock::time_point begun_{};      // when the frame that is being read began
    bool same_frame_ = false;        // no frame ended since `begun_`
    bool broken_noted_ = false;      // one event for broken frames in a row
    instant at_{};                   // of the last read
    std::string answers_{};          // framed, not yet written
    std::uint64_t skipped_ = 0;      // of the framer's count, already on the board
    std::shared_ptr<aside> aside_{};   // where this peer is told of messages later
};

template <typename Stream>
asio::awaitable<bool> conversation<Stream>::run()
{
    while (!with_.stopping) {
        const bool room = co_await make_room();
        if (!room)
            co_return false;
        const bool said = co_await say_aside();
        if (!said)
            co_return false;
        const bool came = co_await read();
        if (!came)
            co_return false;
        const auto step = co_await answer_all();
        if (step == next_step::close)
            co_return true;
    }
    co_return true;
}

// Waits until the begun frame may take another chunk; false when its time passed first.
template <typename Stream>
asio::awaitable<bool> conversation<Stream>::make_room()
{
    if (came_ == chunk_.size() && came_ < busy_chunk)
        chunk_ = std::string(busy_chunk, '\0');
    else if (chunk_.size() > idle_chunk && came_ < idle_chunk)
        chunk_ = std::string(idle_chunk, '\0');
    const auto wanted = framer_.in_frame() ? framer_.held() + chunk_.size() : 0;
    while (!room_.resize(wanted)) {
        if (clock::now() > begun_ + with_.given.frame_time) {
            note("mllp.frame_late", "no room in memory for the begun frame");
            co_return false;
        }
        co_await sleep_for(20ms);
    }
    co_return true;
}

template <typename Stream>
asio::awaitable<bool> conversation<Stream>::read()
{
    if (framer_.in_frame())
        on_.must_end_by(begun_ + with_.given.frame_time);
    else if (with_.given.idle_close)
        on_.must_end_within(*with_.given.idle_close);
    else
        on_.may_take_for_ever();
    on_.reading = true;
    auto [failed, size] = co_await stream_.async_read_some(asio::buffer(chunk_), no_throw);
    on_.reading = false;
    on_.may_take_for_ever();
    came_ = size;
    if (failed == asio::error::operation_aborted && aside_ && aside_->waits() && !with_.stopping && !on_.expired())
        co_return true;  // interrupted to write
    if (failed) {
        note_end(failed);
        co_return false;
    }
    at_ = now();
    framer_.feed({chunk_.data(), size});
    co_return true;
}

// Takes every message that is whole, one after the other.
template <typename Stream>
asio::awaitable<typename conversation<Stream>::next_step> conversation<Stream>::answer_all()
{
    same_frame_ = framer_.in_frame();
    auto step = next_step::read_on;
    while (step == next_step::read_on) {
        auto next = framer_.next();
        count_skipped();
        if (next && !*next)
            break;
        same_frame_ = false;
        if (next)
            step = co_await accept(std::move(**next));
        else
            step = co_await refuse(next.error());
    }
    if (framer_.in_frame() && !same_frame_)
        begun_ = clock::now();
    const bool written = co_await write();
    co_return written ? step : next_step::close;
}

template <typename Stream>
asio::awaitable<typename conversation<Stream>::next_step> conversation<Stream>::accept(std::string message)
{
    model::received received;
    received.bytes = std::move(message);
    received.listener = with_.given.from.name;
    received.peer = peer_;
    received.sender = sender_;
    received.at = at_;
    broken_noted_ = false;
    const auto before = clock::now();
    const auto said = co_await with_.intake.accept(std::move(received));
    if (!said.bytes.empty())
        append_frame(answers_, said.bytes);
    if (said.close || (said.what == reply::kind::unavailable && said.bytes.empty()))
        co_return next_step::close;
    if (!said.later.empty() && !aside_)
        aside_ = std::make_shared<aside>(on_);
    for (const auto& id : said.later)
        with_.intake.follow(with_.given.from.name, id, aside_);
    if (clock::now() - before < quick && answers_.size() < most_gathered)
        co_return next_step::read_on;
    const bool written = co_await write();
    co_return written ? next_step::read_on : next_step::close;
}

// What is no frame: told once in the log, on the board, and to the peer where it can understand.
template <typename Stream>
asio::awaitable<typename conversation<Stream>::next_step> conversation<Stream>::refuse(error_code why)
{
    const bool other = why == errc::tls_not_expected || why == errc::http_not_expected || why == errc::too_much_outside;
    if (why != errc::broken_frame || !std::exchange(broken_noted_, true))
        note(other ? "mllp.not_mllp" : "mllp.frame_refused", why.message());
    if (why == errc::broken_frame)
        co_return next_step::read_on;
    if (why == errc::http_not_expected)
        answers_ += not_http;
    if (why == errc::frame_too_large) {
        model::issue issue;
        issue.code = "too-long";
        issue.diagnostics = "the message is larger than this listener allows, " + std::to_string(with_.given.max_frame) + " bytes";
        const auto said = with_.intake.refuse(with_.given.from.name, framer_.head(), std::move(issue));
        if (!said.bytes.empty())
            append_frame(answers_, said.bytes);
    }
    co_return next_step::close;
}

template <typename Stream>
asio::awaitable<bool> conversation<Stream>::write()
{
    if (answers_.empty())
        co_return true;
    on_.must_end_within(write_time);
    auto [failed, size] = co_await asio::async_write(stream_, asio::buffer(answers_), no_throw);
    die_at("answered");
    on_.may_take_for_ever();
    answers_.clear();
    if (answers_.capacity() > idle_chunk)
        answers_.shrink_to_fit();
    if (failed)
        note("mllp.answer_not_written", failed.message());
    co_return !failed;
}

template <typename Stream>
asio::awaitable<bool> conversation<Stream>::say_aside()
{
    while (aside_ && aside_->waits()) {
        answers_ += aside_->take();
        const bool written = co_await write();
        if (!written)
            co_return false;
    }
    co_return true;
}

template <typename Stream>
void conversation<Stream>::note(std::string_view event, std::string_view reason)
{
    log.warn(event, {{"listener", with_.given.from.name}, {"peer", peer_}, {"reason", reason}, {"bytes", framer_.held()}});
    with_.row.last_error.set(std::string(reason) + " (" + peer_ + ")");
}

// Most ends are a peer's that has nothing more to send.
template <typename Stream>
void conversation<Stream>::note_end(error_code why)
{
    if (framer_.in_frame() && !with_.stopping) {
        if (on_.expired())
            note("mllp.frame_late", "a begun frame took longer than frame_time");
        else
            note("mllp.frame_cut", "the connection ended inside a frame");
    } else if (framer_.skipped() > 0) {
        log.warn("mllp.bytes_skipped", {{"listener", with_.given.from.name}, {"peer", peer_}, {"bytes", framer_.skipped()}});
    }
    log.debug("mllp.disconnected", {{"listener", with_.given.from.name}, {"peer", peer_}, {"reason", why.message()}});
}

template <typename Stream>
void conversation<Stream>::count_skipped()
{
    with_.row.skipped_bytes.add(static_cast<std::int64_t>(framer_.skipped() - skipped_));
    skipped_ = framer_.skipped();
}

// Closing a socket with unread bytes resets it, and a reset can destroy the answer that is under way: says that nothing more
// comes, and reads what the peer still sends, for a short while.
asio::awaitable<void> linger(connection& on)
{
    error_code failed;
    on.socket.shutdown(socket::shutdown_send, failed);
    on.must_end_within(linger_time);
    std::string unread(idle_chunk, '\0');
    while (!failed) {
        auto [ended, size] = co_await on.socket.async_read_some(asio::buffer(unread), no_throw);
        failed = ended;
    }
}

asio::awaitable<void> run_plain(connection& on, common& with, std::string peer)
{
    conversation<socket> talk(on.socket, on, with, std::move(peer), with.given.from.name);
    const bool more_may_come = co_await talk.run();
    if (more_may_come)
        co_await linger(on);
}

asio::awaitable<void> run_tls(connection& on, common& with, std::string peer, std::shared_ptr<asio::ssl::context> context)
{
    asio::ssl::stream<socket&> stream(on.socket, *context);
    on.must_end_within(handshake_time);
    on.reading = true;
    auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::server, no_throw);
    on.reading = false;
    if (failed && with.stopping)
        co_return;
    if (failed) {
        const auto reason = on.expired() ? std::string("the TLS handshake took too long") : failed.message();
        log.warn("mllp.handshake_failed", {{"listener", with.given.from.name}, {"peer", peer}, {"reason", reason}});
        with.row.last_error.set("TLS handshake failed: " + reason + " (" + peer + ")");
        co_return;
    }
    auto name = tcp::allowed_name(stream.native_handle(), with.given.from, with, peer);
    if (!name)
        co_return;
    std::string sender = name->empty() ? with.given.from.name : *name;
    conversation<asio::ssl::stream<socket&>> talk(stream, on, with, std::move(peer), std::move(sender));
    const bool more_may_come = co_await talk.run();
    if (!more_may_come)
        co_return;
    on.must_end_within(linger_time);
    co_await stream.async_shutdown(no_throw);
    co_await linger(on);
}

}  // namespace

asio::awaitable<void> run_session(std::shared_ptr<connection> on, std::shared_ptr<common> with, std::string peer)
{
    error_code ignored;
    on->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    on->socket.set_option(asio::socket_base::keep_alive(true), ignored);
    log.debug("mllp.connected", {{"listener", with->given.from.name}, {"peer", peer}});
    auto context = with->tls;
    if (context)
        co_await run_tls(*on, *with, std::move(peer), std::move(context));
    else
        co_await run_plain(*on, *with, std::move(peer));
}

}  // namespace tieline::transport::mllp
