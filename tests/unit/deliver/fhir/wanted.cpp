#include "broker/deliver/fhir/wanted.hpp"
#include "broker/deliver/fhir/outline.hpp"
#include "broker/deliver/fhir/retry_after.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using namespace std::chrono_literals;
using namespace deliver::fhir;

namespace {

const std::string message = R"({"resourceType":"Bundle","type":"message","entry":[
 {"resource":{"resourceType":"MessageHeader","id":"h","response":{"code":"ok"}}},
 {"resource": {"id":"p1","contained":[{"resourceType":"Device","id":"x"}],"resourceType":"Patient"} }]})";

}  // namespace

TEST_CASE("deliver fhir outline: finds types, ids and where each resource stands", "[deliver][fhir]")
{
    const auto of = read_outline(message);
    REQUIRE(of);
    CHECK(of->whole.type == "Bundle");
    CHECK(of->whole.json == message);
    CHECK(of->bundle_type == "message");
    REQUIRE(of->entries.size() == 2);
    CHECK(of->entries[1].type == "Patient");
    CHECK(of->entries[1].id == "p1");
    CHECK(of->entries[1].json == R"({"id":"p1","contained":[{"resourceType":"Device","id":"x"}],"resourceType":"Patient"})");
    CHECK(of->response_code == "ok");
}

TEST_CASE("bad input: receiver answers with JSON that is none, or 200,000 deep", "[deliver][fhir]")
{
    CHECK_FALSE(read_outline(""));
    CHECK_FALSE(read_outline("[1]"));
    CHECK_FALSE(read_outline("{\"a\":"));
    CHECK_FALSE(read_outline("<html>"));
    CHECK(response_code("{\"resourceType\":\"OperationOutcome\"}").empty());
    const auto deep = "{\"a\":" + std::string(200'000, '[') + std::string(200'000, ']') + "}";
    CHECK(read_outline(deep));
}

TEST_CASE("deliver fhir request: process-message posts message Bundles as they are", "[deliver][fhir]")
{
    const auto made = make_request(interaction::process_message, "/fhir", message);
    CHECK(made.why_not.empty());
    CHECK(made.request.method == "POST");
    CHECK(made.request.path == "/fhir/$process-message");
    CHECK(made.request.body == message);
    CHECK_FALSE(make_request(interaction::process_message, "/fhir", R"({"resourceType":"Bundle","type":"batch"})").why_not.empty());
}

TEST_CASE("deliver fhir request: bundle posts any Bundle to the base", "[deliver][fhir]")
{
    CHECK(make_request(interaction::bundle, "/fhir", R"({"resourceType":"Bundle","type":"batch"})").request.path == "/fhir");
    CHECK(make_request(interaction::bundle, "", message).request.path == "/");
    CHECK_FALSE(make_request(interaction::bundle, "", R"({"resourceType":"Patient"})").why_not.empty());
}

TEST_CASE("deliver fhir request: resource sends the one beside the MessageHeader", "[deliver][fhir]")
{
    const auto put = make_request(interaction::resource, "/fhir", message);
    CHECK(put.request.method == "PUT");
    CHECK(put.request.path == "/fhir/Patient/p1");
    CHECK(put.request.body.starts_with(R"({"id":"p1")"));
    const auto post = make_request(interaction::resource, "/fhir", R"({"resourceType":"Observation"})");
    CHECK(post.request.method == "POST");
    CHECK(post.request.path == "/fhir/Observation");
}

TEST_CASE("bad input: a resource that can't be sent alone is held with the reason", "[deliver][fhir]")
{
    const auto refused = [](const std::string& json) { return make_request(interaction::resource, "/fhir", json).why_not; };
    CHECK_FALSE(refused(R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"A"}},{"resource":{"resourceType":"B"}}]})").empty());
    CHECK_FALSE(refused(R"({"resourceType":"Bundle","entry":[]})").empty());
    CHECK_FALSE(refused(R"({"resourceType":"Patient","id":"../metadata"})").empty());
    CHECK_FALSE(refused(R"({"resourceType":"Patient?x","id":"1"})").empty());
    CHECK_FALSE(refused("MSH|^~\\&|").empty());
}

TEST_CASE("deliver fhir answer: the response code of a message Bundle is read, of nothing else", "[deliver][fhir]")
{
    CHECK(response_code(message) == "ok");
    CHECK(response_code(R"({"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"MessageHeader","response":{"code":"fatal-error"}}}]})") ==
          "fatal-error");
    CHECK(response_code(R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":{"response":{"code":"ok"}}}]})").empty());
}

TEST_CASE("deliver fhir answer: Retry-After is seconds or a date", "[deliver][fhir]")
{
    const instant at = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 10h + 15min + 30s;
    CHECK(read_retry_after("120", at) == 120s);
    CHECK(read_retry_after("Tue, 24 Nov 2026 10:16:00 GMT", at) == 30s);
    CHECK(read_retry_after("Tue, 24 Nov 2026 10:15:00 GMT", at) == 0s);
    CHECK(read_retry_after("2000000000", at) == 24h);
}

TEST_CASE("bad input: receiver's Retry-After is nonsense", "[deliver][fhir]")
{
    for (const auto* value : {"", "-5", "soon", "12.5", "99999999999999999999", "Tue, 99 Nov 2026 10:16:00 GMT", "Tue, 24 Xxx 2026 10:16:00 GMT"})
        CHECK_FALSE(read_retry_after(value, now()));
}
