#include "broker/app/receive/http_server.hpp"

#include "broker/base/async.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <utility>

namespace tieline::app::receive {
namespace {

using namespace std::chrono_literals;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using transport::reply;

constexpr std::uint64_t most_body = 64U << 20;
constexpr auto idle_time = 5min;
constexpr auto read_time = 60s;

/// What the server and its sessions share; the sessions hold it.
struct common {
    transport::intake& intake;
    std::string base{};
    std::size_t busy = 0;  ///< sessions between a request and the end of its answer
    bool stopping = false;
    std::function<void()> when_calm{};

    void calm_down()
    {
        busy--;
        if (stopping && busy == 0 && when_calm)
            std::exchange(when_calm, {})();
    }
};

// `POST $process-message`, `PUT Patient/12`; a post to the base itself is of a Bundle. Empty when it is not below the base.
std::string request_of(const http::request<http::string_body>& from, std::string_view base)
{
    const std::string_view path(from.target().data(), from.target().size());
    if (!path.starts_with(base) || (from.method() != http::verb::post && from.method() != http::verb::put))
        return {};
    auto below = path.substr(base.size());
    while (below.starts_with('/'))
        below.remove_prefix(1);
    return std::string(from.method_string()) + ' ' + (below.empty() ? "Bundle" : std::string(below));
}

http::response<http::string_body> to_response(reply said, const http::request<http::string_body>& to)
{
    http::response<http::string_body> made(static_cast<http::status>(said.http_status), to.version());
    made.set(http::field::content_type, "application/fhir+json");
    made.keep_alive(to.keep_alive() && !said.close);
    made.body() = std::move(said.bytes);
    made.prepare_payload();
    return made;
}

// Whether the line can be kept.
asio::awaitable<bool> answer(beast::tcp_stream& stream, common& with, http::request<http::string_body> request)
{
    model::received message;
    message.request = request_of(request, with.base);
    message.listener = "receive";
    message.at = now();
    reply said;
    said.http_status = 405;
    if (!message.request.empty()) {
        message.content_type = std::string(request[http::field::content_type]);
        message.bytes = std::move(request.body());
        stream.expires_never();
        said = co_await with.intake.accept(std::move(message));
        if (said.what == reply::kind::unavailable && said.bytes.empty())
            co_return false;
    }
    if (said.http_status == 0) {  // silent: until the sender gives up
        char byte = 0;
        co_await stream.socket().async_read_some(asio::buffer(&byte, 1), no_throw);
        co_return false;
    }
    auto response = to_response(std::move(said), request);
    stream.expires_after(read_time);
    auto [failed, size] = co_await http::async_write(stream, response, no_throw);
    co_return !failed && response.keep_alive();
}

asio::awaitable<void> serve(tcp::socket socket, std::shared_ptr<common> with)
{
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer;
    bool keep = true;
    while (keep && !with->stopping) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(most_body);
        stream.expires_after(idle_time);
        auto [failed, size] = co_await http::async_read(stream, buffer, parser, no_throw);
        if (failed)
            break;
        with->busy++;
        auto request = parser.release();
        keep = co_await answer(stream, *with, std::move(request));
        with->calm_down();
    }
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> accept_all(tcp::acceptor& from, std::shared_ptr<common> with)
{
    while (!with->stopping) {
        auto [failed, socket] = co_await from.async_accept(no_throw);
        if (failed == asio::error::operation_aborted)
            co_return;
        if (failed) {
            co_await sleep_for(100ms);
            continue;
        }
        auto session = serve(std::move(socket), with);
        asio::co_spawn(from.get_executor(), std::move(session), asio::detached);
    }
}

class http_server final : public transport::listener {
public:
    http_server(asio::io_context& context, transport::intake& intake, tcp::endpoint at, std::string base)
        : acceptor_(context), limit_(context), at_(std::move(at)), with_(std::make_shared<common>(common{.intake = intake, .base = std::move(base)}))
    {
    }
    ~http_server() override { with_->stopping = true; }

    error_code start() override
    {
        error_code failed;
        acceptor_.open(at_.protocol(), failed);
        if (!failed)
            acceptor_.set_option(asio::socket_base::reuse_address(true), failed);
        if (!failed)
            acceptor_.bind(at_, failed);
        if (!failed)
            acceptor_.listen(asio::socket_base::max_listen_connections, failed);
        if (failed)
            return failed;
        at_ = acceptor_.local_endpoint(failed);
        auto accepting = accept_all(acceptor_, with_);
        asio::co_spawn(acceptor_.get_executor(), std::move(accepting), asio::detached);
        return failed;
    }

    std::uint16_t port() const override { return at_.port(); }

    void stop(std::chrono::milliseconds limit, std::function<void()> done) override
    {
        error_code ignored;
        with_->stopping = true;
        acceptor_.close(ignored);
        if (with_->busy == 0)
            return asio::post(acceptor_.get_executor(), std::move(done));
        with_->when_calm = std::move(done);
        limit_.expires_after(limit);
        limit_.async_wait([with = with_](error_code cancelled) {
            if (!cancelled && with->when_calm)
                std::exchange(with->when_calm, {})();
        });
    }

private:
    tcp::acceptor acceptor_;
    asio::steady_timer limit_;
    tcp::endpoint at_;
    std::shared_ptr<common> with_;
};

}  // namespace

std::unique_ptr<transport::listener> make_http_server(asio::io_context& context, transport::intake& intake, tcp::endpoint at, std::string base)
{
    return std::make_unique<http_server>(context, intake, std::move(at), std::move(base));
}

}  // namespace tieline::app::receive
