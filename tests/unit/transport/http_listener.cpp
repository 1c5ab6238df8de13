#include "broker/transport/http/http.hpp"

#include "broker/transport/http/client.hpp"
#include "tests/unit/transport/wire.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

using namespace tieline;
using namespace tieline::tests;
using transport::reply;

namespace {

const std::string patient = R"({"resourceType":"Patient"})";

struct http_listener : running_listener {
    explicit http_listener(const std::string& keys = {}, const std::string& more = {})
        : running_listener(transport::http::make_listener, "http: {port: 0" + keys + "}" + more)
    {
        intake.answer = [](const model::received&) { return reply{.what = reply::kind::stored, .http_status = 202, .id = "tie1.7"}; };
        start();
    }
    std::uint16_t port() const { return listener->port(); }
};

std::string post(const std::string& path, const std::string& body, const std::string& headers = {})
{
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + headers + "\r\n" + body;
}

// What is answered to bytes after which nothing more comes.
std::string answered(const http_listener& with, const std::string& bytes)
{
    line to(with.port());
    to.send(bytes);
    to.end_sending();
    return to.rest();
}

int status(const std::string& response) { return response.starts_with("HTTP/1.1 ") ? std::stoi(response.substr(9, 3)) : 0; }

}  // namespace

TEST_CASE("http listener: a resource is handed over with its request, and a 202 says where its status is", "[transport][http]")
{
    http_listener with;
    const auto said = answered(with, post("/fhir/Patient?_pretty=false", patient));
    CHECK(status(said) == 202);
    CHECK(said.find("Content-Location: /fhir/_status/tie1.7\r\n") != std::string::npos);
    REQUIRE(with.intake.came().size() == 1);
    CHECK(with.intake.came()[0].bytes == patient);
    CHECK(with.intake.came()[0].request == "POST Patient");
    CHECK(with.intake.came()[0].listener == "one");
}

TEST_CASE("http listener: requests of one connection are answered in order", "[transport][http]")
{
    http_listener with;
    const auto said = answered(with, post("/fhir/Patient", patient) + post("/fhir", "{}") + "GET /fhir/metadata HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(with.intake.came().size() == 2);
    const auto first = said.find("202 Accepted");
    const auto last = said.find("CapabilityStatement");
    CHECK(first != std::string::npos);
    CHECK(last != std::string::npos);
    CHECK(first < last);
}

TEST_CASE("http listener: what can't be stored now is 503 with Retry-After", "[transport][http]")
{
    http_listener with;
    with.intake.answer = [](const model::received&) { return reply{}; };
    const auto said = answered(with, post("/fhir/Patient", patient));
    CHECK(status(said) == 503);
    CHECK(said.find("Retry-After: 5") != std::string::npos);
    CHECK(said.find("OperationOutcome") != std::string::npos);
}

TEST_CASE("http listener: a client that waits for 100-continue gets it", "[transport][http]")
{
    http_listener with;
    line to(with.port());
    to.send("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n");
    CHECK(to.receive(21) == "HTTP/1.1 100 Continue");
    to.send(patient);
    to.end_sending();
    CHECK(to.rest().find("202 Accepted") != std::string::npos);
}

TEST_CASE("http listener: our client keeps its connection and opens a closed one again", "[transport][http]")
{
    http_listener with(", idle_close: 300ms");
    asio::io_context context;
    auto made = transport::http::make_client(context.get_executor(), {.to = *transport::http::parse_url("http://127.0.0.1:" + std::to_string(with.port()))});
    REQUIRE(made.has_value());
    const auto send = [&] {
        transport::http::request what{.method = "POST", .path = "/fhir/Patient", .headers = {{"Content-Type", "application/fhir+json"}}, .body = patient};
        auto got = asio::co_spawn(context, (*made)->exchange(what, 10s), asio::use_future);
        context.restart();
        context.run();
        return got.get();
    };
    CHECK(send()->status == 202);
    CHECK(send()->status == 202);
    REQUIRE(eventually([&] { return with.row().connections.get() == 0; }));
    const auto again = send();
    REQUIRE(again.has_value());
    CHECK(again->status == 202);
    CHECK(with.intake.came().size() == 3);
}

TEST_CASE("bad input: a missing or wrong token is 401, the right one names its sender", "[transport][http]")
{
    ::setenv("TIELINE_TEST_TOKEN", "secret", 1);
    http_listener with(", token: {env: TIELINE_TEST_TOKEN}, token_name: gp");
    for (const auto* header : {"", "Authorization: Bearer wrong\r\n", "Authorization: Basic secret\r\n", "Authorization: Bearer secretx\r\n"}) {
        const auto said = answered(with, post("/fhir/Patient", patient, header));
        CHECK(status(said) == 401);
        CHECK(said.find("WWW-Authenticate: Bearer") != std::string::npos);
    }
    CHECK(with.intake.came().empty());
    CHECK(status(answered(with, post("/fhir/Patient", patient, "Authorization: bearer secret\r\n"))) == 202);
    CHECK(with.intake.came()[0].sender == "gp");
}

TEST_CASE("bad input: wrong content type, method, address or accept each has its status", "[transport][http]")
{
    http_listener with;
    const auto typed = [&](const std::string& type) {
        return status(answered(with, "POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: " + type + "\r\nContent-Length: 2\r\n\r\n{}"));
    };
    CHECK(typed("text/xml") == 415);
    CHECK(typed("application/fhir+xml") == 415);
    CHECK(typed("application/fhir+json; charset=latin1") == 415);
    CHECK(typed("application/fhir+json; fhirVersion=4.0; charset=UTF-8") == 202);
    CHECK(status(answered(with, post("/fhir/Patient", "{}", "Accept: application/fhir+xml\r\n"))) == 406);
    CHECK(status(answered(with, post("/fhir/Patient", "{}", "Accept: application/fhir+xml;q=0.1, application/fhir+json;q=1\r\n"))) == 202);
    CHECK(status(answered(with, post("/elsewhere", "{}"))) == 404);
    const auto said = answered(with, "DELETE /fhir/Patient/1 HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(status(said) == 405);
    CHECK(said.find("Allow: PUT") != std::string::npos);
    CHECK(said.find("OperationOutcome") != std::string::npos);
}

TEST_CASE("bad input: a body of 100 MB is refused by its length and by its chunks", "[transport][http]")
{
    http_listener with(", max_body: 1MiB");
    line told(with.port());
    told.send("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n");
    CHECK(status(told.receive(12)) == 413);
    line chunked(with.port());
    chunked.send("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    const auto chunk = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
    for (int i = 0; i < 20; i++)
        chunked.send(chunk);
    CHECK(status(chunked.receive(12)) == 413);
    CHECK(with.intake.came().empty());
}

TEST_CASE("bad input: a slow head and a slow body are 408", "[transport][http]")
{
    http_listener with(", header_time: 200ms, body_time: 200ms");
    line head(with.port());
    head.send("POST /fhir/Patient HTTP/1.1\r\nHo");
    CHECK(status(head.receive(12)) == 408);
    line body(with.port());
    body.send("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n{");
    CHECK(status(body.receive(12)) == 408);
}

TEST_CASE("bad input: the forms of request smuggling that Beast lets through are 400 and end the connection", "[transport][http]")
{
    http_listener with;
    const auto head = [](const std::string& headers, const std::string& version = "1.1") {
        return "POST /fhir/Patient HTTP/" + version + "\r\nContent-Type: application/json\r\n" + headers + "\r\n";
    };
    const std::string smuggled = "5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\nPOST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}";
    const std::vector<std::string> forms{
        head("Host: x\r\nTransfer-Encoding: xchunked\r\n"),
        head("Host: x\r\nTransfer-Encoding: chunked, identity\r\n"),
        head("Host: x\r\nTransfer-Encoding: identity, chunked\r\n"),
        head("Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        head("Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n"),
        head("Host: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"),
        head("Host: x\r\nTransfer-Encoding: chunked\r\n", "1.0"),
        head("Host: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n"),
        head("Host: x\r\nHost: y\r\nContent-Length: 2\r\n"),
        head("Content-Length: 2\r\n"),
        head("Host: x\r\nX: a\rb\r\nContent-Length: 2\r\n"),
        head("Host: x\r\nContent-Length: +2\r\n"),
        head("Host: x\r\nContent-Length : 2\r\n"),
    };
    for (const auto& form : forms) {
        INFO(form);
        const auto said = answered(with, form + smuggled);
        CHECK(status(said) == 400);
        CHECK(said.find("HTTP/1.1 202") == std::string::npos);  // what was smuggled is never read
    }
    CHECK(with.intake.came().empty());
}

TEST_CASE("bad input: TLS and garbage on the plain HTTP port are closed", "[transport][http]")
{
    http_listener with;
    line tls(with.port());
    tls.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9));
    CHECK(tls.closed());
    CHECK(status(answered(with, "MSH|^~\\&|PAS\r\n\r\n")) == 400);
    CHECK(eventually([&] { return with.row().last_error.get().find("HTTP") != std::string::npos; }));
}

TEST_CASE("http listener: stopping lets a request that has come be answered", "[transport][http]")
{
    http_listener with;
    with.intake.delay = 200ms;
    line to(with.port());
    to.send(post("/fhir/Patient", patient));
    REQUIRE(eventually([&] { return with.intake.came().size() == 1; }));
    CHECK(with.stop(5s));
    CHECK(to.rest().find("202 Accepted") != std::string::npos);
}
