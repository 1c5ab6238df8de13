#include "broker/app/send/messages.hpp"

#include <catch2/catch.hpp>

using namespace tieline::app::send;

namespace {

std::vector<std::string> bodies(std::string_view content, bool as_is = false)
{
    std::vector<std::string> found;
    for (auto& one : split("file", content, as_is))
        found.push_back(std::move(one.bytes));
    return found;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("send: a file of HL7 v2 is split at its MSH lines, with CR as line end", "[app][send]")
{
    CHECK(bodies("MSH|^~\\&|A\nPID|1\n") == list{"MSH|^~\\&|A\rPID|1\r"});
    CHECK(bodies("\xEF\xBB\xBFMSH|1\r\nPID|1\r\nMSH|2\r\nPID|2") == list{"MSH|1\rPID|1\r", "MSH|2\rPID|2\r"});
    CHECK(bodies("FHS|x\rBHS|x\rMSH|1\rPID|1\rMSH|2\rBTS|2\rFTS|1\r") == list{"MSH|1\rPID|1\r", "MSH|2\r"});
    CHECK(bodies("\x0BMSH|1\rPID|1\r\x1C\r\x0BMSH|2\r\x1C\r") == list{"MSH|1\rPID|1\r", "MSH|2\r"});
    CHECK(bodies("PID|no header") == list{"PID|no header\r"});
    CHECK(bodies(" \r\n").empty());
}

TEST_CASE("send: a file of JSON is one resource, or one a line", "[app][send]")
{
    const std::string indented = "{\n  \"resourceType\": \"Patient\"\n}";
    CHECK(bodies(indented + "\n") == list{indented});
    CHECK(bodies("{\"resourceType\":\"Patient\"}\n\n{\"resourceType\":\"Bundle\"}\n") ==
          list{"{\"resourceType\":\"Patient\"}", "{\"resourceType\":\"Bundle\"}"});
    CHECK(bodies("{\"id\":\"1\",\"message\":\"MSH|1\\rPID|1\\r\"}\n{\"id\":\"2\",\"message\":\"MSH|2\"}") == list{"MSH|1\rPID|1\r", "MSH|2"});
}

TEST_CASE("send: as it is, a file is one message", "[app][send]")
{
    CHECK(bodies("MSH|1\nMSH|2\n", true) == list{"MSH|1\nMSH|2\n"});
}

TEST_CASE("send: control ids are read and replaced", "[app][send]")
{
    const std::string v2 = "MSH|^~\\&|A|B|C|D|2026||ADT^A01|M1|P|2.4\rPID|1\r";
    CHECK(control_id(v2) == "M1");
    CHECK(with_control_id(v2, "NEW-22") == "MSH|^~\\&|A|B|C|D|2026||ADT^A01|NEW-22|P|2.4\rPID|1\r");
    CHECK(control_id("MSH|^~\\&|A\rPID|||||||M9") == "");
    CHECK(with_control_id("MSH|^~\\&|A\r", "X") == "MSH|^~\\&|A\r");
    CHECK(control_id("MSH|^~\\&|A|B|C|D|2026||ADT^A01|M1") == "M1");

    const std::string bundle = R"({"resourceType":"Bundle","identifier":{"value":"B1"},"entry":[{"resource":{"resourceType":"MessageHeader","id":"H1"}}]})";
    CHECK(control_id(bundle) == "B1");
    CHECK(control_id(with_control_id(bundle, "B2")) == "B2");
    CHECK(control_id(R"({"resourceType":"Bundle","entry":[{"resource":{"id":"H1"}}]})") == "H1");
    CHECK(control_id(R"({"resourceType":"Patient","id":"p"})") == "p");
    CHECK(with_control_id(R"({"resourceType":"Patient","id":"p"})", "x") == R"({"resourceType":"Patient","id":"p"})");
}

TEST_CASE("send: a FHIR resource goes to its type, a message to $process-message", "[app][send]")
{
    CHECK(fhir_path(R"({"resourceType":"Bundle","type":"message"})") == "/$process-message");
    CHECK(fhir_path(R"({"resourceType":"Bundle","type":"transaction"})") == "");
    CHECK(fhir_path(R"({"resourceType":"Patient"})") == "/Patient");
    CHECK(fhir_path("no JSON") == "");
}

TEST_CASE("bad input: send takes JSON nested 200,000 deep for what it is", "[app][send]")
{
    const std::string deep(200'000, '[');
    CHECK(control_id("{\"a\":" + deep).empty());
    CHECK(fhir_path("{\"a\":" + deep + std::string(200'000, ']') + ",\"resourceType\":\"Patient\"}") == "/Patient");
}
