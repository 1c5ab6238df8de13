#include "adapters/fhir/transaction.hpp"

#include <catch2/catch.hpp>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

using namespace tieline;
using adapters::fhir::make_transaction;
using adapters::fhir::match;

namespace {

const std::string header_id = "00000000-0000-5000-8000-000000000001", patient_id = "00000000-0000-5000-8000-000000000002",
                  stay_id = "00000000-0000-5000-8000-000000000003", result_id = "00000000-0000-5000-8000-000000000004";

std::string reference(const std::string& id) { return R"({"reference":"urn:uuid:)" + id + "\"}"; }

std::string entry(const std::string& type, const std::string& id, const std::string& rest = "")
{
    return R"({"fullUrl":"urn:uuid:)" + id + R"(","resource":{"resourceType":")" + type + R"(","id":")" + id + '"' + (rest.empty() ? "" : ",") + rest + "}}";
}

std::string header(const std::string& focus)
{
    return entry("MessageHeader", header_id, R"("source":{"endpoint":"urn:pas"},"focus":[)" + reference(focus) + "]");
}

const std::string number = R"("identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"},{"system":"urn:id:RYJ","value":"H|1"}])";

std::string message(const std::string& entries)
{
    return R"({"resourceType":"Bundle","identifier":{"system":"urn:id:PAS","value":"M1"},"type":"message","entry":[)" + entries + "]}";
}

/// The transaction of a message, and ways to look into it.
struct transacted {
    explicit transacted(const std::string& from, match by = match::identifier) : text(make_transaction(from, by).bundle) { json.Parse(text); }

    std::string at(const std::string& path) const
    {
        const auto* const found = rapidjson::Pointer(path.c_str()).Get(json);
        return found && found->IsString() ? found->GetString() : "";
    }
    std::string request(int nth) const
    {
        const auto of = "/entry/" + std::to_string(nth) + "/request/";
        return at(of + "method") + " " + at(of + "url") + (at(of + "ifNoneExist").empty() ? "" : " " + at(of + "ifNoneExist"));
    }
    std::size_t size() const { return json["entry"].Size(); }

    std::string text;
    rapidjson::Document json{};
};

}  // namespace

TEST_CASE("fhir transaction: what the message is about is updated where its identifier is found", "[fhir][transaction]")
{
    const transacted made(message(header(patient_id) + "," + entry("Patient", patient_id, number)));
    CHECK(made.at("/type") == "transaction");
    CHECK(made.at("/identifier/value") == "M1");
    REQUIRE(made.size() == 1);
    CHECK(made.request(0) == "PUT Patient?identifier=urn:id:RYJ%7CH%5C%7C1");
    CHECK(made.at("/entry/0/fullUrl") == "urn:uuid:" + patient_id);
    CHECK(made.at("/entry/0/resource/id").empty());
    CHECK(made.at("/entry/0/resource/identifier/1/value") == "H|1");
}

TEST_CASE("fhir transaction: by id every resource is an update of its own id", "[fhir][transaction]")
{
    const transacted made(message(header(patient_id) + "," + entry("Patient", patient_id, number) + "," +
                                  entry("Observation", result_id, "\"subject\":" + reference(patient_id))), match::id);
    CHECK(made.request(0) == "PUT Patient/" + patient_id);
    CHECK(made.at("/entry/0/resource/id") == patient_id);
    CHECK(made.request(1) == "PUT Observation/" + result_id);
    CHECK(made.at("/entry/1/resource/subject/reference") == "Patient/" + patient_id);
}

TEST_CASE("fhir transaction: whom the message only mentions is made where the server has nobody, and not overwritten", "[fhir][transaction]")
{
    const transacted made(message(header(result_id) + "," + entry("Patient", patient_id, number) + "," +
                                  entry("Observation", result_id, "\"subject\":" + reference(patient_id))));
    CHECK(made.request(0) == "POST Patient identifier=urn:id:RYJ%7CH%5C%7C1");
    CHECK(made.request(1) == "PUT Observation/" + result_id);
    CHECK(made.at("/entry/1/resource/id") == result_id);
    CHECK(made.at("/entry/1/resource/subject/reference") == "urn:uuid:" + patient_id);
}

TEST_CASE("fhir transaction: what is referred to comes first, in circles too", "[fhir][transaction]")
{
    const transacted made(message(entry("Observation", result_id, "\"encounter\":" + reference(stay_id)) + "," +
                                  entry("Encounter", stay_id, R"("period":{"start":"2026"},"subject":)" + reference(patient_id)) + "," +
                                  entry("Patient", patient_id, "\"link\":[{\"other\":" + reference(result_id) + "}]")));
    REQUIRE(made.size() == 3);
    CHECK(made.request(0) == "PUT Patient/" + patient_id);
    CHECK(made.request(1) == "PUT Encounter/" + stay_id);
    CHECK(made.request(2) == "PUT Observation/" + result_id);
    CHECK(made.at("/entry/2/resource/encounter/reference") == "Encounter/" + stay_id);
}

TEST_CASE("fhir transaction: an encounter that nothing names is left out, and what was within it says so", "[fhir][transaction]")
{
    const transacted made(message(entry("Encounter", stay_id, R"("status":"in-progress")") + "," +
                                  entry("Observation", result_id, "\"encounter\":" + reference(stay_id) + R"(,"valueInteger":1)")));
    REQUIRE(made.size() == 1);
    CHECK(made.at("/entry/0/resource/encounter/reference").empty());
    CHECK(made.at("/entry/0/resource/encounter/display") == "an encounter without number or beginning");
}

TEST_CASE("fhir transaction: a reference to the header becomes the message's identifier", "[fhir][transaction]")
{
    const transacted made(message(header(patient_id) + "," + entry("Patient", patient_id) + "," +
                                  entry("Provenance", result_id, R"("target":[{"display":"it","reference":"urn:uuid:)" + header_id + "\"}]")));
    CHECK(made.at("/entry/1/resource/target/0/identifier/value") == "M1");
    CHECK(made.at("/entry/1/resource/target/0/display") == "it");
}

TEST_CASE("fhir transaction: two of one type under one identifier go by their own ids", "[fhir][transaction]")
{
    const transacted made(message(entry("Patient", patient_id, number) + "," + entry("Patient", result_id, number)));
    CHECK(made.request(0) == "PUT Patient/" + patient_id);
    CHECK(made.request(1) == "PUT Patient/" + result_id);
}

TEST_CASE("fhir transaction: another system's short id is made unique by its source", "[fhir][transaction]")
{
    const auto from = [](const std::string& endpoint) {
        return transacted(message(R"({"resource":{"resourceType":"MessageHeader","source":{"endpoint":")" + endpoint +
                                  R"("}}},{"fullUrl":"http://a/Patient/1","resource":{"id":"1","resourceType":"Patient"}},)"
                                  R"({"resource":{"resourceType":"Basic","subject":{"reference":"Patient/1"}, "id":"2" }})"));
    };
    const auto one = from("urn:a"), again = from("urn:a"), other = from("urn:b");
    CHECK(one.text == again.text);
    CHECK(one.request(0) != other.request(0));
    CHECK(one.request(0) == "PUT Patient/" + one.at("/entry/0/resource/id"));
    CHECK(one.at("/entry/1/resource/subject/reference") == "Patient/" + one.at("/entry/0/resource/id"));
}

TEST_CASE("fhir transaction: what is not changed stays byte for byte", "[fhir][transaction]")
{
    const auto rest = R"("valueQuantity":{"value":1.50e2},  "note":[{"text":"\u00e9\\\"{,}"}])";
    const auto made = make_transaction(message(entry("Observation", result_id, rest)));
    CHECK(made.bundle.find(rest) != std::string::npos);
}

TEST_CASE("fhir transaction: an id or a reference that is the last, the only or the first member goes without leaving a comma", "[fhir][transaction]")
{
    for (const auto* resource : {R"({"resourceType":"Patient",%,"id":"1"})", R"({"id":"1","resourceType":"Patient",%})", R"({ "resourceType" : "Patient" , "id" : "1" , % })"}) {
        std::string text = resource;
        text.replace(text.find('%'), 1, number);
        const transacted made(message("{\"resource\":" + text + "}"));
        INFO(made.text);
        REQUIRE_FALSE(made.json.HasParseError());
        CHECK(made.at("/entry/0/resource/id").empty());
        CHECK(made.at("/entry/0/resource/identifier/1/value") == "H|1");
    }
    const transacted gone(message(header(patient_id) + "," + entry("Basic", result_id, R"("subject":{"reference":"urn:uuid:)" + header_id +
                                  R"(","identifier":{"value":"x"},"display":"y"},"author":{"identifier":{"value":"x"},"display":"y","reference":"urn:uuid:)" + header_id + "\"}")));
    INFO(gone.text);
    REQUIRE_FALSE(gone.json.HasParseError());
    CHECK(gone.at("/entry/0/resource/subject/display") == "y");
    CHECK(gone.at("/entry/0/resource/author/identifier/value") == "x");
}

TEST_CASE("fhir transaction: a transaction stays as it is", "[fhir][transaction]")
{
    const std::string already = R"({"resourceType":"Bundle","type":"transaction","entry":[]})";
    CHECK(make_transaction(already).bundle == already);
}

TEST_CASE("bad input: fhir transaction: what no transaction can be made of is named", "[fhir][transaction]")
{
    for (const auto& bad : {std::string(), std::string("MSH|"), std::string(R"({"resourceType":"Patient"})"), message(header(patient_id)), message(""),
                            std::string(R"({"resourceType":"Bundle","type":"batch"})"), message(R"({"resource":{"resourceType":"A/../b"}})"), message(R"({"fullUrl":"x"})")}) {
        INFO(bad);
        const auto made = make_transaction(bad);
        CHECK(made.bundle.empty());
        CHECK_FALSE(made.why_not.empty());
    }
}

TEST_CASE("bad input: fhir transaction: deep nesting and long chains of references are survived in time", "[fhir][transaction]")
{
    std::string deep(300'000, '['), chain;
    deep = message(entry("Basic", result_id, "\"extension\":" + deep + std::string(300'000, ']')));
    CHECK_FALSE(make_transaction(deep).bundle.empty());
    for (int i = 0; i < 20'000; i++)
        chain += (i ? "," : "") + entry("Basic", "b" + std::to_string(i), R"("subject":{"reference":"Basic/b)" + std::to_string(i + 1) + "\"}");
    const transacted made(message(chain));
    REQUIRE(made.size() == 20'000);
    CHECK(made.at("/entry/1/resource/subject/reference") == "Basic/" + made.at("/entry/0/resource/id"));
}
