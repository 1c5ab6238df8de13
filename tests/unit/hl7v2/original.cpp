#include "sample.hpp"

#include "broker/base/digest.hpp"
#include "broker/model/original.hpp"

using namespace sample;

namespace {

std::string admission() { return header("ADT^A01") + "EVN|A01\r" + patient + "PV1|1|I|W7^B2^3^RYJ\r"; }

std::size_t count(std::string_view text, std::string_view what)
{
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
        found++;
    return found;
}

}  // namespace

TEST_CASE("hl7v2 original: the message as it came stands in the Bundle once, and both Provenances name it", "[hl7v2][original]")
{
    const auto message = admission() + "NTE|1||caf\xE9\r";
    const converted made(message);
    REQUIRE(made.all("DocumentReference").size() == 1);
    CHECK(made.at("DocumentReference", "/status") == "current");
    CHECK(made.at("DocumentReference", "/content/0/attachment/contentType") == "application/hl7-v2+er7");
    CHECK(made.at("DocumentReference", "/content/0/attachment/data") == base64(message));
    CHECK(count(made.made.bundle, base64(message)) == 1);
    REQUIRE(made.all("Provenance").size() >= 2);
    const auto document = "urn:uuid:" + made.at("DocumentReference", "/id");
    for (const std::size_t nth : {0U, 1U}) {
        CHECK(made.at("Provenance", "/entity/0/what/reference", nth) == document);
        CHECK(made.at("Provenance", "/entity/0/role", nth) == "source");
    }
}

TEST_CASE("hl7v2 original: a Bundle can do without it", "[hl7v2][original]")
{
    const converted made(admission());
    const auto alone = model::without_original(made.made.bundle);
    rapidjson::Document read;
    CHECK_FALSE(read.Parse(alone.c_str()).HasParseError());
    CHECK(alone.find("DocumentReference") == std::string::npos);
    INFO(alone);
    CHECK(alone.find("\"entity\"") == std::string::npos);
    CHECK(count(alone, "\"resourceType\":\"Provenance\"") == made.all("Provenance").size());
    CHECK(alone.find(made.at("DocumentReference", "/id")) == std::string::npos);
}

TEST_CASE("hl7v2 original: a message of 16 MiB is carried in linear time", "[hl7v2][original]")
{
    const std::string message = admission() + "NTE|1||" + std::string(16U << 20, 'x') + "\r";
    const converted made(message);
    CHECK(made.at("DocumentReference", "/content/0/attachment/data").size() == (message.size() + 2) / 3 * 4);
}

TEST_CASE("hl7v2 deleting: two quotes delete, nothing keeps, and a reader can tell them apart", "[hl7v2][deleting]")
{
    const std::string absent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    const auto person = [](const std::string& pid) { return converted(header("ADT^A31^ADT_A05") + "PID|1||4001^^^RYJ^MR" + pid + "\r"); };
    const auto deleted = person("||DOE^\"\"|||\"\"|||\"\"||\"\"");
    CHECK(deleted.at("Patient", "/name/0/family") == "DOE");
    CHECK(deleted.at("Patient", "/name/0/_given/0/extension/0/valueCode") == "not-applicable");
    CHECK(deleted.at("Patient", "/gender") == "unknown");
    CHECK(deleted.at("Patient", "/address/0/extension/0/url") == absent);
    CHECK(deleted.at("Patient", "/address/0/extension/0/valueCode") == "not-applicable");
    CHECK(deleted.at("Patient", "/telecom/0/extension/0/valueCode") == "not-applicable");
    CHECK(person("||DOE||\"\"").at("Patient", "/_birthDate/extension/0/valueCode") == "not-applicable");
    const auto kept = person("||DOE^||||||||");
    CHECK(kept.made.bundle.find("data-absent-reason\",\"valueCode\":\"not-applicable") == std::string::npos);
    CHECK(kept.at("Patient", "/gender").empty());
    CHECK(kept.all("Patient")[0]->HasMember("address") == false);
}

TEST_CASE("hl7v2 deleting: what is required and deleted is not declared unknown", "[hl7v2][deleting]")
{
    const converted made(header("ORU^R01") + patient + "OBR|1||L1|FBC|||20260110\rOBX|1|NM|\"\"||140||||||F\r");
    CHECK(made.at("Observation", "/code/extension/0/valueCode") == "not-applicable");
    CHECK(made.at("Observation", "/code/coding/0/code").empty());
}

TEST_CASE("hl7v2 deleting: a deleted place makes no resource", "[hl7v2][deleting]")
{
    const converted made(header("ADT^A01") + "EVN|A01\r" + patient + "PV1|1|I|\"\"||||\"\"\r");
    CHECK(made.all("Location").empty());
    CHECK(made.all("Practitioner").empty());
    CHECK(made.at("Encounter", "/location/0/location/extension/0/valueCode") == "not-applicable");
}
