#include "broker/deliver/fhir/fhir.hpp"

#include "broker/base/digest.hpp"
#include "tests/support/one_destination.hpp"
#include "tests/support/receivers.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using namespace std::chrono_literals;
using tests::receiver;
using tests::respond;
using verdict = deliver::attempt::verdict;

namespace {

const std::string bundle = R"({"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"MessageHeader"}}]})";

struct practice : tests::one_destination {
    explicit practice(std::uint16_t port, const std::string& options = {}, const std::string& more = "timeout: 5s")
        : one_destination(deliver::fhir::make_destination,
                          "{fhir: {url: \"http://127.0.0.1:" + std::to_string(port) + "/fhir\"" + options + "}, " + more + "}")
    {
        REQUIRE(way_out);
    }
};

receiver::behaviour always(const std::string& response)
{
    return [=](const std::string&, std::size_t) { return receiver::reaction{.reply = response}; };
}

deliver::attempt after(const std::string& response, deliver::parcel one = {.id = "tie1.7", .bytes = bundle})
{
    receiver at(tests::cut_request, always(response));
    return practice(at.port()).send(std::move(one));
}

std::string answer_bundle(const std::string& code)
{
    return R"({"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"MessageHeader","response":{"code":")" + code + "\"}}}]}";
}

}  // namespace

TEST_CASE("deliver fhir: posts message Bundles with a stable request id, on one connection", "[deliver][fhir]")
{
    receiver at(tests::cut_request, always(respond("200 OK")));
    practice to(at.port(), "", "headers: {X-Site: RYJ}");
    const auto came = to.send(bundle);
    CHECK(came.what == verdict::delivered);
    CHECK(came.answer == "200");
    CHECK(to.send(bundle).what == verdict::delivered);
    const auto got = at.messages();
    REQUIRE(got.size() == 2);
    CHECK(got[0].starts_with("POST /fhir/$process-message HTTP/1.1\r\n"));
    CHECK(got[0].find("Content-Type: application/fhir+json\r\n") != std::string::npos);
    CHECK(got[0].find("Accept: application/fhir+json\r\n") != std::string::npos);
    CHECK(got[0].find("X-Site: RYJ\r\n") != std::string::npos);
    CHECK(got[0].find("X-Request-Id: " + uuid_v5("tie1.7") + "\r\n") != std::string::npos);
    CHECK(got[0].ends_with("\r\n\r\n" + bundle));
    CHECK(at.connections() == 1);
}

TEST_CASE("deliver fhir: what the message in the answer says counts", "[deliver][fhir]")
{
    CHECK(after(respond("200 OK", answer_bundle("ok"))).what == verdict::delivered);
    const auto fatal = after(respond("200 OK", answer_bundle("fatal-error")));
    CHECK(fatal.what == verdict::hold);
    CHECK(fatal.answer == "200 fatal-error");
    CHECK(after(respond("200 OK", answer_bundle("transient-error"))).what == verdict::retry);
}

TEST_CASE("deliver fhir: statuses mean what the table says, and Retry-After is kept", "[deliver][fhir]")
{
    CHECK(after(respond("422 Unprocessable Entity")).what == verdict::hold);
    CHECK(after(respond("401 Unauthorized")).what == verdict::fault);
    CHECK(after(respond("409 Conflict")).what == verdict::hold);
    CHECK(after(respond("409 Conflict"), {.id = "tie1.7", .bytes = bundle, .repeated = true}).what == verdict::delivered);
    const auto later = after(respond("503 Service Unavailable", "", "Retry-After: 120\r\n"));
    CHECK(later.what == verdict::retry);
    CHECK(later.retry_after == 120s);
    CHECK(later.destination_down);
}

TEST_CASE("deliver fhir: send bundle goes to the base, send resource to its type", "[deliver][fhir]")
{
    receiver at(tests::cut_request, always(respond("201 Created")));
    CHECK(practice(at.port(), ", send: bundle").send(R"({"resourceType":"Bundle","type":"transaction"})").what == verdict::delivered);
    CHECK(practice(at.port(), ", send: resource").send(R"({"resourceType":"Patient","id":"p1"})").what == verdict::delivered);
    CHECK(at.messages()[0].starts_with("POST /fhir HTTP/1.1\r\n"));
    CHECK(at.messages()[1].starts_with("PUT /fhir/Patient/p1 HTTP/1.1\r\n"));
}

TEST_CASE("deliver fhir: send transaction posts the message's resources to the base as updates", "[deliver][fhir]")
{
    receiver at(tests::cut_request, always(respond("200 OK", R"({"resourceType":"Bundle","type":"transaction-response"})")));
    practice to(at.port(), ", send: transaction");
    CHECK(to.send(R"({"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"MessageHeader"}},
                      {"resource":{"resourceType":"Patient","id":"11111111-2222-5333-8444-555555555555"}}]})").what == verdict::delivered);
    REQUIRE(at.messages().size() == 1);
    CHECK(at.messages()[0].starts_with("POST /fhir HTTP/1.1\r\n"));
    CHECK(at.messages()[0].find(R"("type":"transaction")") != std::string::npos);
    CHECK(at.messages()[0].find(R"("request":{"method":"PUT","url":"Patient/11111111-2222-5333-8444-555555555555"})") != std::string::npos);
    const auto came = to.send(bundle);
    CHECK(came.what == verdict::hold);
    CHECK(came.reason == "it holds nothing but its header");
    CHECK(at.messages().size() == 1);
}

TEST_CASE("bad input: receiver of FHIR refuses, stays silent, answers late, answers nonsense, drops the line", "[deliver][fhir]")
{
    CHECK(practice(tests::free_port()).send(bundle).what == verdict::retry);
    receiver silent(tests::cut_request, always(""));
    const auto came = practice(silent.port(), "", "timeout: 100ms").send(bundle);
    CHECK(came.what == verdict::retry);
    CHECK(came.reason == "no answer in time");
    receiver nonsense(tests::cut_request, always("\x0B" "MSH|\x1C\r\r\n\r\n"));
    CHECK(practice(nonsense.port()).send(bundle).what == verdict::retry);
    receiver drops(tests::cut_request, [](const std::string&, std::size_t) { return receiver::reaction{.drop = true}; });
    CHECK(practice(drops.port()).send(bundle).what == verdict::retry);
    receiver late(tests::cut_request, [](const std::string&, std::size_t nth) {
        return receiver::reaction{.reply = respond(nth == 0 ? "200 OK" : "422 Unprocessable Entity"), .after = nth == 0 ? 250ms : 0ms};
    });
    practice to(late.port(), "", "timeout: 100ms");
    CHECK(to.send(bundle).what == verdict::retry);
    CHECK(to.send(bundle).what == verdict::hold);
}

TEST_CASE("bad input: what is no FHIR is held and never sent", "[deliver][fhir]")
{
    receiver at(tests::cut_request, always(respond("200 OK")));
    CHECK(practice(at.port()).send("MSH|^~\\&|").what == verdict::hold);
    CHECK(practice(at.port()).send(R"({"resourceType":"Bundle","type":"batch"})").what == verdict::hold);
    CHECK(at.messages().empty());
}

TEST_CASE("bad input: wrong options of a fhir destination are all named at once", "[deliver][fhir]")
{
    const tests::one_destination to(deliver::fhir::make_destination,
                                    "{fhir: {url: \"ftp://x\", send: pigeon, colour: red}, set: {MSH-5: X}, headers: {Host: b}}");
    CHECK_FALSE(to.way_out);
    CHECK(to.found.size() >= 5);
    const tests::one_destination plain(deliver::fhir::make_destination, "{fhir: {url: \"http://gp/fhir\", tls: {}}}");
    CHECK_FALSE(plain.way_out);
}
