#include "broker/app/send/answer.hpp"
#include "broker/app/send/target.hpp"

#include <catch2/catch.hpp>

using namespace tieline::app::send;

TEST_CASE("send: an acknowledgment is positive only for the message that was sent", "[app][send]")
{
    const std::string accepted = "MSH|^~\\&|R|F|A|B|2026||ACK|1|P|2.5\rMSA|AA|M1\r";
    CHECK(read_acknowledgment(accepted, "M1").positive);
    CHECK(read_acknowledgment(accepted, "M1").said == "AA");
    CHECK_FALSE(read_acknowledgment(accepted, "M2").positive);
    CHECK(read_acknowledgment(accepted, "M2").text == "the answer is for another message");
    CHECK(read_acknowledgment("MSH|^~\\&|R\rMSA|CA|M1", "M1").positive);

    const auto refused = read_acknowledgment("MSH|^~\\&|R\rMSA|AE|M1\rERR||PID^1^3|101^Required field missing^HL70357|E||||PID-3 is empty\r", "M1");
    CHECK_FALSE(refused.positive);
    CHECK(refused.said == "AE");
    CHECK(refused.code == "101");
    CHECK(refused.text == "PID-3 is empty");
    CHECK(read_acknowledgment("MSH|^~\\&|R\rMSA|AE|M1\rERR|PID^1^3^204&Unknown key&HL70357\r", "M1").code == "204");
    CHECK_FALSE(read_acknowledgment("MSH|^~\\&|R\rPID|1", "M1").positive);
    CHECK_FALSE(read_acknowledgment("", "").positive);
    CHECK_FALSE(read_acknowledgment("garbage", "M1").positive);
}

TEST_CASE("send: an HTTP response is positive by its status, its outcome says why not", "[app][send]")
{
    CHECK(read_response(202, "").positive);
    const auto refused = read_response(422, R"({"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"a"},{"severity":"error","code":"required","diagnostics":"no identifier"}]})");
    CHECK_FALSE(refused.positive);
    CHECK(refused.said == "422");
    CHECK(refused.code == "required");
    CHECK(refused.text == "no identifier");
    CHECK_FALSE(read_response(502, "<html>").positive);
}

TEST_CASE("send: addresses are taken apart", "[app][send]")
{
    const auto mllp = parse_target("mllps://lab.example:2600");
    REQUIRE(mllp);
    CHECK(mllp->secure);
    CHECK(mllp->host == "lab.example");
    CHECK(mllp->port == 2600);
    const auto fhir = parse_target("http://[::1]:8080/fhir/");
    REQUIRE(fhir);
    CHECK(fhir->host == "::1");
    CHECK(fhir->path == "/fhir");
    CHECK(parse_target("https://gp.example/fhir")->port == 443);
    for (const auto* wrong : {"", "mllp://", "mllp://host", "mllp://host:", "mllp://host:x", "mllp://host:70000", "mllp://host:1/path", "ftp://host:1", "http://[::1:80/"})
        CHECK_FALSE(parse_target(wrong));
}
