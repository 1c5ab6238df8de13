#include "broker/ops/http/pages.hpp"

#include "broker/base/async.hpp"
#include "tests/unit/ops/desk.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>

#include <list>

using namespace tieline;
using tests::desk;

namespace {

int status_of(const std::string& answer)
{
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

std::string body_of(const std::string& answer)
{
    const auto end = answer.find("\r\n\r\n");
    return end == answer.npos ? std::string() : answer.substr(end + 4);
}

}  // namespace

TEST_CASE("ops port: says that it lives, and why it is not ready", "[ops][http]")
{
    desk here;
    here.open();
    REQUIRE(here.ops_);
    CHECK(status_of(here.get("/healthz")) == 200);
    CHECK(body_of(here.get("/readyz")) == "ready\n");
    here.board.not_ready().set("the disk is full");
    CHECK(status_of(here.get("/readyz")) == 503);
    CHECK(body_of(here.get("/readyz")) == "the disk is full\n");
    CHECK(status_of(here.get("/healthz")) == 200);
}

TEST_CASE("ops port: serves metrics, status and traces", "[ops][http]")
{
    desk here;
    here.open();
    here.message("A 1/2", "lab");
    const auto metrics = here.get("/metrics");
    CHECK(metrics.find("Content-Type: text/plain; version=0.0.4") != metrics.npos);
    CHECK(body_of(metrics).find("tieline_ready 1") != metrics.npos);
    CHECK(tests::json_of(body_of(here.get("/api/status")))["node"].GetString() == std::string("tie1"));
    const auto traces = tests::json_of(body_of(here.get("/api/trace?other=1&id=A+1%2F2")));
    REQUIRE(traces.Size() == 1);
    CHECK(traces[0]["control_id"].GetString() == std::string("A 1/2"));
}

TEST_CASE("ops port: tells browsers to keep, guess and frame nothing", "[ops][http]")
{
    desk here;
    here.open();
    const auto answer = here.get("/api/status");
    for (const char* header : {"Cache-Control: no-store", "X-Content-Type-Options: nosniff", "Content-Security-Policy: default-src 'self'",
                               "frame-ancestors 'none'", "Referrer-Policy: no-referrer"}) {
        INFO(header);
        CHECK(answer.find(header) != answer.npos);
    }
}

TEST_CASE("ops port: answers HEAD with the length and no body, and keeps the connection", "[ops][http]")
{
    desk here;
    here.open();
    const auto both = here.http("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    CHECK(both.find("Content-Length: 3\r\n") != both.npos);
    CHECK(both.find("HTTP/1.1 200", 1) != both.npos);
    CHECK(both.ends_with("\r\n\r\nok\n"));
}

TEST_CASE("ops port: is read-only", "[ops][http]")
{
    desk here;
    here.open();
    const auto answer = here.http("DELETE /api/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(status_of(answer) == 405);
    CHECK(answer.find("Allow: GET, HEAD") != answer.npos);
}

TEST_CASE("ops port: a name of another machine is not answered on loopback", "[ops][http]")
{
    desk here;
    here.open();
    for (const std::string host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "localhost:x", ""}) {
        INFO(host);
        CHECK(status_of(here.http("GET /api/status HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")) == 421);
    }
    for (const std::string host : {"localhost", "localhost:9464", "127.0.0.1:9464", "[::1]", "[::1]:9464"}) {
        INFO(host);
        CHECK(ops::http::is_local(host));
    }
}

TEST_CASE("ops port: beyond loopback there is no more than health, readiness and metrics", "[ops][http]")
{
    desk here("ops: {address: 0.0.0.0, port: 0}\n");
    here.open();
    const auto get = [&here](const std::string& target) {
        return status_of(here.http("GET " + target + " HTTP/1.1\r\nHost: tie.example\r\nConnection: close\r\n\r\n"));
    };
    CHECK(get("/healthz") == 200);
    CHECK(get("/readyz") == 200);
    CHECK(get("/metrics") == 200);
    for (const std::string target : {"/", "/api/status", "/api/trace?id=A1", "/index.html", "/ops.js"})
        CHECK(get(target) == 404);
}

TEST_CASE("ops port: one that is in use is told with its address", "[ops][http]")
{
    desk here;
    here.open();
    here.given->ops.port = here.ops_->port();
    model::issues found;
    CHECK_FALSE(ops::start(here.parts(), found));
    REQUIRE(found.size() == 1);
    CHECK(found[0].diagnostics.find("127.0.0.1:" + std::to_string(here.ops_->port())) != std::string::npos);
    here.given->ops.address = "here";
    CHECK_FALSE(ops::start(here.parts(), found));
    CHECK(found.back().diagnostics == "ops.address: here is no IP address");
}

TEST_CASE("bad input: requests that no browser makes are refused on the ops port", "[ops][http]")
{
    desk here;
    here.open();
    const auto status = [&here](const std::string& request) { return status_of(here.http(request)); };
    const std::string head = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
    CHECK(status("nonsense\r\n\r\n") == 400);
    CHECK(status("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n") == 400);
    CHECK(status("GET /healthz HTTP/1.1\r\n\r\n") == 400);
    CHECK(status(head + "Host: localhost\r\n\r\n") == 400);
    CHECK(status(head + "Content-Length: 5\r\n\r\nhello") == 400);
    CHECK(status(head + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n") == 400);
    CHECK(status(head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400);
    CHECK(status(head + "Transfer-Encoding: xchunked\r\n\r\n") == 400);
    CHECK(status(head + "X: " + std::string(9000, 'x') + "\r\n\r\n") == 431);
    CHECK(status(head + "X: " + std::string(900'000, 'x') + "\r\n\r\n") == 431);
    CHECK(status_of(here.get("/nothing")) == 404);
    CHECK(status_of(here.get("/../../etc/passwd")) == 404);
    CHECK(status_of(here.get("/api/trace")) == 400);
    CHECK(status_of(here.get("/api/trace?id=")) == 400);
    CHECK(status_of(here.get("/api/trace?id=%zz")) == 400);
    CHECK(status_of(here.get("/api/trace?id=%4")) == 400);
    CHECK(status_of(here.get("/api/trace?id=" + std::string(2000, 'x'))) == 400);
    CHECK(status_of(here.get("/healthz")) == 200);
}

TEST_CASE("bad input: more than 64 connections to the ops port are closed, and it goes on", "[ops][http]")
{
    desk here;
    here.open();
    asio::io_context context;
    std::list<asio::ip::tcp::socket> silent;
    for (int i = 0; i < 64; i++)
        silent.emplace_back(context).connect({asio::ip::make_address("127.0.0.1"), here.ops_->port()});
    CHECK(tests::eventually([&here] { return here.get("/healthz").empty(); }));
    silent.clear();
    CHECK(tests::eventually([&here] { return status_of(here.get("/healthz")) == 200; }));
}
