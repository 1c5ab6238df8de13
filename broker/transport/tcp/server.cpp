#include "broker/transport/tcp/server.hpp"

#include "broker/base/async.hpp"
#include "broker/observe/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace tieline::transport::tcp {
namespace {

using namespace std::chrono_literals;
using observe::log;
using milliseconds = std::chrono::milliseconds;

constexpr auto tend_every = 200ms;
constexpr milliseconds longest_back_off = 1s;

std::string to_text(const asio::ip::tcp::endpoint& at)
{
    const auto address = at.address().to_string();
    return (at.address().is_v6() ? '[' + address + ']' : address) + ':' + std::to_string(at.port());
}

/// The listener's own coroutines and what they need: they hold it, so that they can outlast the listener's object.
class server : public std::enable_shared_from_this<server> {
public:
    server(std::string kind, options given, listener_parts parts, std::shared_ptr<common> with, session run);

    error_code open(const std::vector<server*>& leaving = {});
    void start();
    std::uint16_t port() const { return given_.at.port(); }
    std::size_t max_connections() const { return given_.max_connections; }
    error_code reload();
    void stop(milliseconds limit, std::function<void()> done);
    void end();

private:
    error_code bind();
    error_code share_port_of(server& leaving);
    void close_port();
    void begin_accepting();
    asio::awaitable<void> accept_all(std::shared_ptr<server> self);
    asio::awaitable<void> tend(std::shared_ptr<server> self);
    void follow_intake();
    void take(asio::ip::tcp::socket socket);
    std::string_view objection(const asio::ip::tcp::endpoint& peer) const;
    void ended(const std::shared_ptr<connection>& one, std::exception_ptr failure);
    void note_certificate();
    void finish();

    std::string kind_;
    options given_;
    listener_parts parts_;
    observe::listener_row& row_;
    std::shared_ptr<common> with_;
    session run_;
    asio::ip::tcp::acceptor acceptor_;
    asio::steady_timer tending_;   // when the next look round is due
    asio::steady_timer back_off_;  // after a failed accept
    asio::steady_timer limit_;     // of a stop
    unsigned loop_ = 0;            // of the accept loops, the one that counts
    bool over_ = false;
    std::function<void()> done_{};
};

server::server(std::string kind, options given, listener_parts parts, std::shared_ptr<common> with, session run)
    : kind_(std::move(kind)), given_(std::move(given)), parts_(parts), row_(with->row), with_(std::move(with)), run_(std::move(run)),
      acceptor_(parts.context), tending_(parts.context), back_off_(parts.context), limit_(parts.context)
{
    with_->tls = given_.tls;
    if (row_.state.get().empty())
        row_.state.set("not listening");
}

error_code server::bind()
{
    error_code failed;
    acceptor_.open(given_.at.protocol(), failed);
    if (!failed)
        acceptor_.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed)
        acceptor_.bind(given_.at, failed);
    if (!failed)
        acceptor_.listen(given_.backlog, failed);
    if (failed)
        close_port();
    return failed;
}

// The same socket for both: connections that wait to be accepted go on waiting.
error_code server::share_port_of(server& leaving)
{
    const int copy = ::fcntl(leaving.acceptor_.native_handle(), F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return {errno, boost::system::system_category()};
    error_code failed;
    acceptor_.assign(given_.at.protocol(), copy, failed);
    if (failed)
        ::close(copy);
    else
        acceptor_.listen(given_.backlog, failed);
    return failed;
}

// Not `acceptor_.close`, which leaves Asio's watch on a socket that another listener shares: epoll(7) forgets a socket only when its last
// descriptor is closed.
void server::close_port()
{
    error_code failed;
    const auto socket = acceptor_.is_open() ? acceptor_.release(failed) : -1;
    if (socket >= 0)
        ::close(socket);
}

// Where one that leaves has the port at another address, it makes room; `tend` opens it again should it stay after all.
error_code server::open(const std::vector<server*>& leaving)
{
    if (acceptor_.is_open())
        return {};
    const auto has_mine = [this](const server* one) { return one->acceptor_.is_open() && one->given_.at == given_.at; };
    const auto donor = std::find_if(leaving.begin(), leaving.end(), has_mine);
    auto failed = donor != leaving.end() ? share_port_of(**donor) : bind();
    for (auto one = leaving.begin(); failed == asio::error::address_in_use && one != leaving.end(); ++one) {
        if ((*one)->given_.at.port() == given_.at.port()) {
            (*one)->close_port();
            failed = bind();
        }
    }
    if (failed) {
        row_.last_error.set(to_text(given_.at) + ": " + failed.message());
        return failed;
    }
    given_.at = acceptor_.local_endpoint(failed);  // port 0 stays what the system picked
    return {};
}

void server::start()
{
    log.info(kind_ + ".listening", {{"listener", given_.from.name}, {"address", to_text(given_.at)}, {"tls", with_->tls != nullptr}});
    row_.kind.set(kind_);
    row_.address.set(to_text(given_.at));
    row_.state.set("listening");
    note_certificate();
    begin_accepting();
    auto tending = tend(shared_from_this());
    asio::co_spawn(parts_.context, std::move(tending), asio::detached);
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
        log.warn(kind_ + ".not_accepted", {{"listener", given_.from.name}, {"reason", failed.message()}});
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
            return row_.state.set("not listening");
        row_.state.set("listening");
        log.info(kind_ + ".listening_again", {{"listener", given_.from.name}});
        begin_accepting();
    } else if (!ready && acceptor_.is_open()) {
        const auto why = parts_.board.not_ready().get();
        close_port();
        row_.state.set("closed: " + (why.empty() ? "nothing can be stored" : why));
        log.warn(kind_ + ".closed", {{"listener", given_.from.name}, {"reason", why}});
    }
}

// Why the peer may not come; empty when it may.
std::string_view server::objection(const asio::ip::tcp::endpoint& peer) const
{
    if (!given_.addresses.allows(peer.address()))
        return "its address is in none of the ranges of `from`";
    if (with_->connections.size() >= given_.max_connections)
        return "max_connections are open";
    return {};
}

void server::take(asio::ip::tcp::socket socket)
{
    error_code failed;
    const auto peer = socket.remote_endpoint(failed);
    if (failed || !parts_.intake.ready())
        return;
    if (const auto reason = objection(peer); !reason.empty()) {
        log.warn(kind_ + ".connection_refused", {{"listener", given_.from.name}, {"peer", to_text(peer)}, {"reason", reason}});
        row_.last_error.set("connection of " + to_text(peer) + " refused: " + std::string(reason));
        return;
    }
    auto one = std::make_shared<connection>(std::move(socket));
    with_->connections.add(one);
    row_.connections.add();
    auto serving = run_(one, to_text(peer));
    auto when_ended = [self = shared_from_this(), one](std::exception_ptr failure) { self->ended(one, failure); };
    asio::co_spawn(parts_.context, std::move(serving), asio::bind_cancellation_slot(one->cancel.slot(), std::move(when_ended)));
}

void server::ended(const std::shared_ptr<connection>& one, std::exception_ptr failure)
{
    if (failure && !with_->stopping)  // while stopping it was cancelled
        log.error(kind_ + ".session_failed", {{"listener", given_.from.name}});
    with_->connections.remove(one);
    row_.connections.add(-1);
    if (with_->stopping && with_->connections.size() == 0)
        finish();
}

error_code server::reload()
{
    if (!with_->tls)
        return {};
    const auto again = tls::read_server(given_.from.transport);
    auto made = tls::make_server_context(again.value_or(tls::server_options{}));
    if (!made) {
        row_.last_error.set("the certificate could not be read again: " + made.error().message());
        return made.error();
    }
    with_->tls = *made;
    note_certificate();
    return {};
}

void server::note_certificate()
{
    const auto& file = given_.certificate_file;
    if (file.empty())
        return;
    if (const auto end = tls::expiry(file))
        parts_.board.certificate_expiry(file).set(end->time_since_epoch().count());
}

void server::stop(milliseconds limit, std::function<void()> done)
{
    done_ = std::move(done);
    with_->stopping = true;
    close_port();
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
    close_port();
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

class tcp_listener final : public listener {
public:
    explicit tcp_listener(std::shared_ptr<server> made) : server_(std::move(made)) {}
    ~tcp_listener() override { server_->end(); }
    error_code open(std::span<listener* const> leaving) override
    {
        std::vector<server*> on_tcp;
        for (auto* one : leaving) {
            if (auto* other = dynamic_cast<tcp_listener*>(one))
                on_tcp.push_back(other->server_.get());
        }
        return server_->open(on_tcp);
    }
    error_code start() override
    {
        const auto failed = server_->open();
        if (!failed)
            server_->start();
        return failed;
    }
    std::uint16_t port() const override { return server_->port(); }
    std::size_t max_connections() const override { return server_->max_connections(); }
    error_code reload() override { return server_->reload(); }
    void stop(milliseconds limit, std::function<void()> done) override { server_->stop(limit, std::move(done)); }

private:
    std::shared_ptr<server> server_;
};

}  // namespace

std::unique_ptr<listener> make_server(std::string kind, options given, listener_parts parts, std::shared_ptr<common> with, session run)
{
    return std::make_unique<tcp_listener>(
        std::make_shared<server>(std::move(kind), std::move(given), parts, std::move(with), std::move(run)));
}

std::optional<std::string> allowed_name(SSL* stream, const settings::listener& from, common& with, std::string_view peer)
{
    const auto names = tls::peer_names(stream);
    if (certificate_allowed(from.certificate, names))
        return names.empty() ? std::string() : names.front();
    log.warn("tls.sender_refused", {{"listener", from.name}, {"peer", peer}, {"reason", "the client certificate's name is not allowed"}});
    with.row.last_error.set("a client certificate that is not allowed (" + std::string(peer) + ")");
    return std::nullopt;
}

}  // namespace tieline::transport::tcp
