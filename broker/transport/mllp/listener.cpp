#include "broker/base/async.hpp"
#include "broker/observe/log.hpp"
#include "broker/transport/mllp/mllp.hpp"
#include "broker/transport/mllp/session.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace tieline::transport::mllp {
namespace {

using namespace std::chrono_literals;
using observe::log;
using tcp = asio::ip::tcp;
using milliseconds = std::chrono::milliseconds;

constexpr auto tend_every = 200ms;
constexpr milliseconds longest_back_off = 1s;

std::string to_text(const tcp::endpoint& at)
{
    const auto address = at.address().to_string();
    return (at.address().is_v6() ? '[' + address + ']' : address) + ':' + std::to_string(at.port());
}

/// The listener's own coroutines and what they need: they hold it, so that they can outlast the listener's object.
class server : public std::enable_shared_from_this<server> {
public:
    server(options given, listener_parts parts);

    error_code start();
    std::uint16_t port() const { return with_->given.at.port(); }
    error_code reload();
    void stop(milliseconds limit, std::function<void()> done);
    void end();

private:
    error_code open();
    void begin_accepting();
    asio::awaitable<void> accept_all(std::shared_ptr<server> self);
    asio::awaitable<void> tend(std::shared_ptr<server> self);
    void follow_intake();
    void take(tcp::socket socket);
    std::string_view objection(const tcp::endpoint& peer) const;
    void ended(const std::shared_ptr<connection>& one, std::exception_ptr failure);
    void note_certificate();
    void finish();

    listener_parts parts_;
    observe::listener_row& row_;
    std::shared_ptr<common> with_;
    tcp::acceptor acceptor_;
    asio::steady_timer tending_;   // when the next look round is due
    asio::steady_timer back_off_;  // after a failed accept
    asio::steady_timer limit_;     // of a stop
    unsigned loop_ = 0;            // of the accept loops, the one that counts
    bool over_ = false;
    std::function<void()> done_{};
};

server::server(options given, listener_parts parts)
    : parts_(parts), row_(parts.board.listener(given.from.name)),
      with_(std::make_shared<common>(common{.given = std::move(given), .intake = parts.intake, .row = row_})),
      acceptor_(parts.context), tending_(parts.context), back_off_(parts.context), limit_(parts.context)
{
    row_.kind.set("mllp");
    row_.address.set(to_text(with_->given.at));
    row_.state.set("not listening");
    note_certificate();
}

error_code server::open()
{
    auto& at = with_->given.at;
    error_code failed;
    acceptor_.open(at.protocol(), failed);
    if (!failed)
        acceptor_.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed)
        acceptor_.bind(at, failed);
    if (!failed)
        acceptor_.listen(with_->given.backlog, failed);
    if (failed) {
        error_code ignored;
        acceptor_.close(ignored);
        row_.state.set("not listening");
        row_.last_error.set(to_text(at) + ": " + failed.message());
        return failed;
    }
    at = acceptor_.local_endpoint(failed);  // port 0 stays what the system picked
    row_.address.set(to_text(at));
    row_.state.set("listening");
    return {};
}

error_code server::start()
{
    if (const auto failed = open())
        return failed;
    log.info("mllp.listening", {{"listener", with_->given.from.name}, {"address", to_text(with_->given.at)}, {"tls", with_->given.tls != nullptr}});
    begin_accepting();
    auto tending = tend(shared_from_this());
    asio::co_spawn(parts_.context, std::move(tending), asio::detached);
    return {};
}

void server::begin_accepting()
{
    auto accepting = accept_all(shared_from_this());
    asio::co_spawn(parts_.context, std::move(accepting), asio::detached);
}

asio::awaitable<void> server::accept_all(std::shared_ptr<server>)
{
    const auto mine = ++loop_;
    milliseconds pause = 10ms;
    while (acceptor_.is_open() && mine == loop_) {
        auto [failed, socket] = co_await acceptor_.async_accept(no_throw);
        if (failed == asio::error::operation_aborted)
            co_return;
        if (!failed) {
            pause = 10ms;
            take(std::move(socket));
            continue;
        }
        // No descriptors, no memory, a peer that went: none of them ends the listener.
        log.warn("mllp.not_accepted", {{"listener", with_->given.from.name}, {"reason", failed.message()}});
        row_.last_error.set("a connection could not be accepted: " + failed.message());
        back_off_.expires_after(pause);
        co_await back_off_.async_wait(no_throw);
        pause = std::min(pause * 2, longest_back_off);
    }
}

// Looks round now and then: ends what took too long, and follows the intake.
asio::awaitable<void> server::tend(std::shared_ptr<server>)
{
    while (!over_) {
        tending_.expires_after(tend_every);
        co_await tending_.async_wait(no_throw);
        with_->connections.sweep(connection::clock::now());
        if (!with_->stopping)
            follow_intake();
    }
}

// While nothing can be stored the port is closed: a sender sees at once that it must wait or go elsewhere.
void server::follow_intake()
{
    const bool ready = parts_.intake.ready();
    if (ready && !acceptor_.is_open()) {
        if (open())
            return;
        log.info("mllp.listening_again", {{"listener", with_->given.from.name}});
        begin_accepting();
    } else if (!ready && acceptor_.is_open()) {
        const auto why = parts_.board.not_ready().get();
        error_code ignored;
        acceptor_.close(ignored);
        row_.state.set("closed: " + (why.empty() ? "nothing can be stored" : why));
        log.warn("mllp.closed", {{"listener", with_->given.from.name}, {"reason", why}});
    }
}

// Why the peer may not come; empty when it may.
std::string_view server::objection(const tcp::endpoint& peer) const
{
    if (!with_->given.addresses.allows(peer.address()))
        return "its address is in none of the ranges of `from`";
    if (with_->connections.size() >= with_->given.max_connections)
        return "max_connections are open";
    return {};
}

void server::take(tcp::socket socket)
{
    error_code failed;
    const auto peer = socket.remote_endpoint(failed);
    if (failed || !parts_.intake.ready())
        return;
    if (const auto reason = objection(peer); !reason.empty()) {
        log.warn("mllp.connection_refused", {{"listener", with_->given.from.name}, {"peer", to_text(peer)}, {"reason", reason}});
        row_.last_error.set("connection of " + to_text(peer) + " refused: " + std::string(reason));
        return;
    }
    auto one = std::make_shared<connection>(std::move(socket));
    with_->connections.add(one);
    row_.connections.add();
    auto session = run_session(one, with_, to_text(peer));
    auto when_ended = [self = shared_from_this(), one](std::exception_ptr failure) { self->ended(one, failure); };
    asio::co_spawn(parts_.context, std::move(session), asio::bind_cancellation_slot(one->cancel.slot(), std::move(when_ended)));
}

void server::ended(const std::shared_ptr<connection>& one, std::exception_ptr failure)
{
    if (failure && !with_->stopping)  // while stopping it was cancelled
        log.error("mllp.session_failed", {{"listener", with_->given.from.name}});
    with_->connections.remove(one);
    row_.connections.add(-1);
    if (with_->stopping && with_->connections.size() == 0)
        finish();
}

error_code server::reload()
{
    if (!with_->given.tls)
        return {};
    const auto again = tls::read_server(with_->given.from.transport);
    auto made = tls::make_server_context(again.value_or(tls::server_options{}));
    if (!made) {
        row_.last_error.set("the certificate could not be read again: " + made.error().message());
        return made.error();
    }
    with_->given.tls = *made;
    note_certificate();
    return {};
}

void server::note_certificate()
{
    const auto& file = with_->given.certificate_file;
    if (file.empty())
        return;
    if (const auto end = tls::expiry(file))
        parts_.board.certificate_expiry(file).set(end->time_since_epoch().count());
}

void server::stop(milliseconds limit, std::function<void()> done)
{
    done_ = std::move(done);
    with_->stopping = true;
    error_code ignored;
    acceptor_.close(ignored);
    row_.state.set("not listening");
    with_->connections.stop_reading();
    if (with_->connections.size() == 0)
        return finish();
    limit_.expires_after(limit);
    limit_.async_wait([self = shared_from_this()](error_code cancelled) {
        if (cancelled)
            return;
        self->with_->connections.end();
        self->finish();
    });
}

void server::end()
{
    with_->stopping = true;
    error_code ignored;
    acceptor_.close(ignored);
    with_->connections.end();
    finish();
}

void server::finish()
{
    over_ = true;
    tending_.cancel();
    back_off_.cancel();
    limit_.cancel();
    if (done_)
        asio::post(parts_.context, std::exchange(done_, {}));
}

class mllp_listener final : public listener {
public:
    mllp_listener(options given, listener_parts parts) : server_(std::make_shared<server>(std::move(given), parts)) {}
    ~mllp_listener() override { server_->end(); }
    error_code start() override { return server_->start(); }
    std::uint16_t port() const override { return server_->port(); }
    error_code reload() override { return server_->reload(); }
    void stop(milliseconds limit, std::function<void()> done) override { server_->stop(limit, std::move(done)); }

private:
    std::shared_ptr<server> server_;
};

}  // namespace

std::unique_ptr<listener> make_listener(settings::listener from, listener_parts parts, model::issues& found)
{
    auto given = read_options(std::move(from), found);
    if (!given)
        return nullptr;
    return make_listener(std::move(*given), parts);
}

std::unique_ptr<listener> make_listener(options given, listener_parts parts)
{
    return std::make_unique<mllp_listener>(std::move(given), parts);
}

}  // namespace tieline::transport::mllp
