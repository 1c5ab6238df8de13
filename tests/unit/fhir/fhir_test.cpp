#include "adapters/fhir/fhir.hpp"
#include "adapters/fhir/resource_types.hpp"

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

using namespace tieline;
using namespace std::chrono_literals;
using kind = model::verdict::kind;

namespace {

const std::string patient = R"({"resourceType":"Patient","id":"12","identifier":[)"
                            R"({"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"},)"
                            R"({"system":"https://ryj.example/mrn","value":"H1"},)"
                            R"({"type":{"coding":[{"code":"PI"}]},"value":"P7"}],"multipleBirthInteger":1.50})";
const std::string referral = R"({"resourceType":"Bundle","identifier":{"value":"B1"},"type":"message","entry":[{"resource":{)"
                             R"("resourceType":"MessageHeader","id":"m1","eventCoding":{"system":"urn:x","code":"referral"},)"
                             R"("source":{"name":"GP","endpoint":"urn:gp"},"destination":[{"name":"TIE","receiver":)"
                             R"({"identifier":{"value":"RYJ"}}}],"sender":{"identifier":{"value":"Y90001"}}}},{"resource":)" +
                             patient + "}]}";

std::unique_ptr<adapters::adapter> adapter()
{
    model::issues found;
    return adapters::fhir::make_adapter({.node = "tie1"}, found);
}

model::received as(std::string request, std::string bytes)
{
    return {.bytes = std::move(bytes), .listener = "gp", .sender = "gp", .request = std::move(request)};
}

model::issues refused(const model::received& message)
{
    model::issues found;
    CHECK_FALSE(adapter()->open(message, found).readable);
    REQUIRE(found.size() == 1);
    CHECK_FALSE(adapter()->normalise(message).found.empty());
    CHECK(adapter()->normalise(message).bundle.empty());
    return found;
}

model::answer answer(const model::received& message, model::verdict verdict)
{
    auto with = adapter();
    model::issues found;
    const auto envelope = with->open(message, found);
    return with->answer(message, envelope, verdict);
}

const model::verdict stored{.what = kind::stored, .id = "tie1.7", .at = instant(1'700'000'000'000'000us)};

}  // namespace

TEST_CASE("fhir: a message Bundle says who sent what to whom", "[fhir]")
{
    model::issues found;
    const auto envelope = adapter()->open(as("POST $process-message", referral), found);
    CHECK(found.empty());
    CHECK(envelope.readable);
    CHECK(envelope.control_id == "B1");
    CHECK(envelope.type == "Bundle");
    CHECK(envelope.trigger == "referral");
    CHECK(envelope.sending_application == "GP");
    CHECK(envelope.sending_facility == "Y90001");
    CHECK(envelope.receiving_application == "TIE");
    CHECK(envelope.receiving_facility == "RYJ");
}

TEST_CASE("fhir: a Bundle passes on byte for byte, with the patient's identifiers", "[fhir]")
{
    const auto made = adapter()->normalise(as("POST $process-message", "\xEF\xBB\xBF  " + referral + "\r\n"));
    CHECK(made.found.empty());
    CHECK(made.bundle == referral);
    REQUIRE(made.patient.size() == 3);
    CHECK(made.patient[0].type == "NHS");
    CHECK(made.patient[1].type == "MR");
    CHECK(made.patient[1].authority == "https://ryj.example/mrn");
    CHECK(made.patient[2].type == "PI");
}

TEST_CASE("fhir: a resource of its own becomes the same collection each time, with its digits kept", "[fhir]")
{
    const auto made = adapter()->normalise(as("POST Patient", patient));
    CHECK(made.bundle.find("\"type\":\"collection\"") != std::string::npos);
    CHECK(made.bundle.find("\"multipleBirthInteger\":1.50") != std::string::npos);
    CHECK(made.bundle == adapter()->normalise(as("POST Patient", patient)).bundle);
    rapidjson::Document bundle;
    CHECK_FALSE(bundle.Parse(made.bundle).HasParseError());
    CHECK(made.patient.size() == 3);
}

TEST_CASE("fhir: without a Patient, the one that a resource names by identifier counts", "[fhir]")
{
    const std::string named = R"({"resourceType":"Observation","subject":{"identifier":{"system":"https://ryj.example/mrn","value":"H1"}}})";
    REQUIRE(adapter()->normalise(as("POST Observation", named)).patient.size() == 1);
    CHECK(adapter()->normalise(as("POST Observation", named)).patient[0].value == "H1");
    const auto batch = R"({"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Device"}},{"resource":)" + named + "}]}";
    CHECK(adapter()->normalise(as("POST Bundle", batch)).patient.size() == 1);
    const std::string group = R"({"resourceType":"Observation","subject":{"type":"Group","identifier":{"value":"G"}}})";
    CHECK(adapter()->normalise(as("POST Observation", group)).patient.empty());
    CHECK(adapter()->normalise(as("POST Patient", R"({"resourceType":"Patient"})")).patient.empty());
}

TEST_CASE("fhir: a wrong NHS number goes on as it came, with a warning at its place", "[fhir]")
{
    CHECK(adapter()->normalise(as("POST Patient", patient)).found.empty());
    auto wrong = referral;
    wrong.replace(wrong.find("9990000018"), 10, "9990000019");
    const auto made = adapter()->normalise(as("POST $process-message", wrong));
    CHECK(made.bundle == wrong);
    REQUIRE(made.found.size() == 1);
    CHECK(made.found[0].level == model::severity::warning);
    CHECK(made.found[0].at == "Bundle.entry[1].resource.identifier[0].value");
    CHECK(made.found[0].diagnostics.find("9990000019") == std::string::npos);
}

TEST_CASE("fhir: the type list holds R4's types and no others", "[fhir]")
{
    for (const auto* type : {"Account", "Bundle", "Patient", "VisionPrescription"})
        CHECK(adapters::fhir::is_resource_type(type));
    for (const auto* type : {"", "patient", "Pat", "Resource", "EncounterHistory"})
        CHECK_FALSE(adapters::fhir::is_resource_type(type));
}

TEST_CASE("fhir answer: $process-message gets a message that says ok, the same each time", "[fhir]")
{
    const auto said = answer(as("POST $process-message", referral), stored);
    CHECK(said.http_status == 200);
    CHECK(said.bytes == answer(as("POST $process-message", referral), stored).bytes);
    rapidjson::Document bundle;
    REQUIRE_FALSE(bundle.Parse(said.bytes).HasParseError());
    const auto& header = bundle["entry"][0]["resource"];
    CHECK(std::string(header["response"]["identifier"].GetString()) == "m1");
    CHECK(std::string(header["response"]["code"].GetString()) == "ok");
    CHECK(std::string(header["eventCoding"]["code"].GetString()) == "referral");
    CHECK(std::string(bundle["timestamp"].GetString()) == "2023-11-14T22:13:20.000Z");
}

TEST_CASE("fhir answer: batch and transaction get an entry each, others 202 without content", "[fhir]")
{
    const auto batch = answer(as("POST Bundle", R"({"resourceType":"Bundle","type":"batch","entry":[{},{}]})"), stored);
    CHECK(batch.http_status == 200);
    rapidjson::Document bundle;
    REQUIRE_FALSE(bundle.Parse(batch.bytes).HasParseError());
    CHECK(std::string(bundle["type"].GetString()) == "batch-response");
    REQUIRE(bundle["entry"].Size() == 2);
    CHECK(std::string(bundle["entry"][1]["response"]["status"].GetString()) == "202 Accepted");
    for (const auto& message : {as("POST Patient", patient), as("PUT Patient/12", patient), as("POST Bundle", R"({"resourceType":"Bundle","type":"collection"})")}) {
        CHECK(answer(message, stored).http_status == 202);
        CHECK(answer(message, stored).bytes.empty());
    }
}

TEST_CASE("fhir answer: negative answers are OperationOutcomes with a fitting status", "[fhir]")
{
    const auto status = [](kind what, std::string code) {
        const auto said = answer(as("POST Patient", patient), {.what = what, .found = {{.code = std::move(code)}}});
        CHECK(said.bytes.find("OperationOutcome") != std::string::npos);
        return said.http_status;
    };
    CHECK(status(kind::rejected, "structure") == 400);
    CHECK(status(kind::rejected, "not-supported") == 422);
    CHECK(status(kind::invalid, "structure") == 422);
    CHECK(status(kind::unavailable, "transient") == 503);
}

TEST_CASE("bad input: malformed JSON names line and column", "[fhir]")
{
    const auto found = refused(as("POST Patient", "{\"resourceType\":\n\"Patient\","));
    CHECK(found[0].code == "structure");
    CHECK(found[0].diagnostics.find("line 2") != std::string::npos);
}

TEST_CASE("bad input: a resource 200,000 deep is refused", "[fhir]")
{
    std::string deep = R"({"resourceType":"Patient","extension":)";
    CHECK(refused(as("POST Patient", deep + std::string(200'000, '[')))[0].diagnostics.find("too deep") != std::string::npos);
}

TEST_CASE("bad input: no or an unknown resource type is refused", "[fhir]")
{
    CHECK(refused(as("", R"({"resourceType":"Patent"})"))[0].code == "not-supported");
    CHECK(refused(as("", R"({"id":"1"})"))[0].code == "required");
    CHECK(refused(as("", R"([1])"))[0].code == "structure");
    CHECK(refused(as("", R"({"resourceType":7})"))[0].code == "required");
}

TEST_CASE("bad input: what the address says and what is sent must agree", "[fhir]")
{
    CHECK(refused(as("POST Observation", patient))[0].at == "resourceType");
    CHECK(refused(as("PUT Patient/13", patient))[0].at == "Patient.id");
    CHECK(refused(as("POST $process-message", patient))[0].at == "resourceType");
    CHECK(refused(as("POST $process-message", R"({"resourceType":"Bundle","type":"batch"})"))[0].at == "Bundle.type");
    CHECK(refused(as("POST Bundle", R"({"resourceType":"Bundle","type":"searchset"})"))[0].at == "Bundle.type");
    CHECK(refused(as("POST Bundle", R"({"resourceType":"Bundle","type":"batch","entry":{}})"))[0].at == "Bundle.entry");
}

TEST_CASE("bad input: an entry that holds no resource of R4 says which", "[fhir]")
{
    const auto batch = [](const std::string& entries) { return as("POST Bundle", R"({"resourceType":"Bundle","type":"batch","entry":[)" + entries + "]}"); };
    const auto unknown = refused(batch(R"({"resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"Patent"}})"));
    CHECK(unknown[0].at == "Bundle.entry[1].resource.resourceType");
    CHECK(unknown[0].code == "not-supported");
    CHECK(refused(batch("7"))[0].at == "Bundle.entry[0]");
    CHECK(refused(batch(R"({"resource":null})"))[0].at == "Bundle.entry[0].resource");
    model::issues found;
    CHECK(adapter()->open(batch(R"({"request":{"method":"DELETE","url":"Patient/1"}})"), found).readable);
}

TEST_CASE("bad input: a NUL ends no resource", "[fhir]")
{
    CHECK(refused(as("POST Patient", patient + std::string("\0}],\"x\":[", 9)))[0].code == "structure");
}

TEST_CASE("bad input: a message without its header, event or source says which", "[fhir]")
{
    const auto header = [](std::string members) {
        return as("POST $process-message", R"({"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"MessageHeader")" +
                                               members + "}}]}");
    };
    CHECK(refused(as("POST $process-message", R"({"resourceType":"Bundle","type":"message"})"))[0].at == "Bundle.entry[0].resource");
    CHECK(refused(header(R"(,"source":{"endpoint":"urn:x"})"))[0].at == "Bundle.entry[0].resource.event");
    CHECK(refused(header(R"(,"eventUri":"urn:x")"))[0].at == "Bundle.entry[0].resource.source.endpoint");
    model::issues found;  // that its address is unknown is something said of it
    CHECK(adapter()->open(header(R"(,"eventUri":"urn:x","source":{"_endpoint":{"extension":[]}})"), found).readable);
    CHECK(found.empty());
}
