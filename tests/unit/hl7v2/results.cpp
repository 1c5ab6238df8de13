#include "tests/unit/hl7v2/sample.hpp"

using namespace sample;

namespace {

std::string result(const std::string& segments) { return header("ORU^R01^ORU_R01") + patient + segments; }

std::string observation(const std::string& fields) { return result("OBR|1|P1|F1|A^a^L\rOBX|1|" + fields + "\r"); }

std::string full_url(const converted& from, const std::string& type, std::size_t nth = 0) { return "urn:uuid:" + from.at(type, "/id", nth); }

}  // namespace

TEST_CASE("hl7v2 results: several values are components with the code, the unit and the range of all", "[hl7v2][results]")
{
    const converted made(observation("NM|8480-6^Systolic^LN||120~130|mmHg|90-140|||||F"));
    CHECK(made.at("Observation", "/component/0/valueQuantity/value") == "120");
    CHECK(made.at("Observation", "/component/1/valueQuantity/value") == "130");
    CHECK(made.at("Observation", "/component/1/valueQuantity/unit") == "mmHg");
    CHECK(made.at("Observation", "/component/1/code/coding/0/code") == "8480-6");
    CHECK(made.at("Observation", "/component/1/referenceRange/0/text") == "90-140");
    CHECK(made.at("Observation", "/code/coding/0/code") == "8480-6");
    CHECK(made.at("Observation", "/valueQuantity") == "");
}

TEST_CASE("hl7v2 results: several repetitions of a text are its lines", "[hl7v2][results]")
{
    CHECK(converted(observation("TX|A^a^L||one~two||||||F")).at("Observation", "/valueString") == "one\ntwo");
    CHECK(converted(observation("ST|A^a^L||one~two||||||F")).at("Observation", "/component/1/valueString") == "two");
}

TEST_CASE("hl7v2 results: a measurement written as text keeps its unit", "[hl7v2][results]")
{
    CHECK(converted(observation("ST|A^a^L||<5|ug/L|||||F")).at("Observation", "/valueString") == "<5 ug/L");
    CHECK(converted(observation("NM|A^a^L||>100|^mg per dL|||||F")).at("Observation", "/valueString") == ">100 mg per dL");
    CHECK(converted(observation("ST|A^a^L||<5~6|ug/L|||||F")).at("Observation", "/component/1/valueString") == "6 ug/L");
    CHECK(converted(observation("ST|A^a^L||none||||||F")).at("Observation", "/valueString") == "none");
    CHECK(converted(observation("ST|A^a^L|||ug/L|||||F")).at("Observation", "/valueString").empty());
}

TEST_CASE("hl7v2 results: an array of one number is a number, of several samples", "[hl7v2][results]")
{
    CHECK(converted(observation("NA|A^a^L||7|mg|||||F")).at("Observation", "/valueQuantity/unit") == "mg");
    CHECK(converted(observation("NA|A^a^L||7~8|mg|||||F")).at("Observation", "/component/1/valueQuantity/value") == "8");
    const converted samples(observation("NA|A^a^L||7^8~9^10|mg|||||F"));
    CHECK(samples.at("Observation", "/valueSampledData/data") == "7 8 9 10");
    CHECK(samples.at("Observation", "/valueSampledData/origin/unit") == "mg");
}

TEST_CASE("hl7v2 results: several documents can be read in R4 as well", "[hl7v2][results]")
{
    const converted made(observation("ED|A^a^L||^AP^PDF^Base64^VGll~^AP^PDF^Base64^bGluZQ==||||||F"));
    CHECK(made.at("Observation", "/component/1/extension/0/valueAttachment/data") == "bGluZQ==");
    CHECK(made.at("Observation", "/derivedFrom/1/reference") == full_url(made, "DocumentReference", 1));
    CHECK(made.at("DocumentReference", "/content/0/attachment/data", 1) == "bGluZQ==");
}

TEST_CASE("hl7v2 results: structured numbers are quantities, ranges, ratios or text", "[hl7v2][results]")
{
    const converted more(observation("SN|A^a^L||>^10|mg|||||F"));
    CHECK(more.at("Observation", "/valueQuantity/comparator") == ">");
    CHECK(more.at("Observation", "/valueQuantity/value") == "10");
    const converted range(observation("SN|A^a^L||^10^-^20|mg|||||F"));
    CHECK(range.at("Observation", "/valueRange/low/value") == "10");
    CHECK(range.at("Observation", "/valueRange/high/unit") == "mg");
    const converted ratio(observation("SN|A^a^L||^1^:^128||||||F"));
    CHECK(ratio.at("Observation", "/valueRatio/denominator/value") == "128");
    CHECK(converted(observation("SN|A^a^L||^2^+||||||F")).at("Observation", "/valueString") == "2 +");
}

TEST_CASE("hl7v2 results: a document is an attachment, an address of one as well", "[hl7v2][results]")
{
    const std::string value = "/extension/0/valueAttachment";
    const converted made(observation("ED|A^a^L||^AP^PDF^Base64^VGllbGluZQ==||||||F"));
    CHECK(made.at("Observation", value + "/data") == "VGllbGluZQ==");
    CHECK(converted(observation("RP|A^a^L||http://example.org/1^PACS^IM^jpeg||||||F")).at("Observation", value + "/url") == "http://example.org/1");
}

TEST_CASE("hl7v2 results: what was not asked has a reason, and what stands there is a note", "[hl7v2][results]")
{
    const converted made(observation("ST|A^a^L||not done||||||N"));
    CHECK(made.at("Observation", "/dataAbsentReason/coding/0/code") == "not-asked");
    CHECK(made.at("Observation", "/valueString") == "");
    CHECK(made.at("Observation", "/note/0/text") == "not done");
}

TEST_CASE("hl7v2 results: a result without a time has its order's", "[hl7v2][results]")
{
    const converted made(result("OBR|1|P1|F1|A^a^L|||202603011000\rOBX|1|ST|B^b^L||x||||||F\rOBX|2|ST|C^c^L||y||||||F|||202603011100\r"));
    CHECK(made.at("Observation", "/effectiveDateTime", 0) == "2026-03-01T10:00:00+00:00");
    CHECK(made.at("Observation", "/effectiveDateTime", 1) == "2026-03-01T11:00:00+00:00");
}

TEST_CASE("hl7v2 results: results under a specimen are about it, also when it comes after others", "[hl7v2][results]")
{
    const converted made(result("OBR|1|P1|F1|A^a^L|||202603011000\rOBX|1|ST|B^b^L||x||||||F\rSPM|1|S1^||BLD^Blood^HL70487\rOBX|1|ST|C^c^L||haemolysed||||||F\rSPM|2|S2^||UR^Urine^HL70487\r"
                                "OBR|2|P2|F2|D^d^L\rOBX|1|ST|E^e^L||z||||||F\r"));
    REQUIRE(made.all("Specimen").size() == 2);
    CHECK(made.at("DiagnosticReport", "/specimen/1/reference", 0) == full_url(made, "Specimen", 1));
    CHECK(made.at("DiagnosticReport", "/specimen", 1) == "");
    CHECK(made.at("DiagnosticReport", "/result/1", 0) == "");
    REQUIRE(made.all("Observation").size() == 3);
    CHECK(made.at("Observation", "/focus/0/reference", 1) == full_url(made, "Specimen", 0));
    CHECK(made.at("Observation", "/specimen/reference", 1) == full_url(made, "Specimen", 0));
}

TEST_CASE("hl7v2 results: without SPM the OBR speaks of the specimen, but not for what takes none", "[hl7v2][results]")
{
    const converted made(result(segment("OBR", {{2, "P1"}, {3, "F1"}, {4, "A^a^L"}, {7, "202603011000"}, {10, "C1^BROWN"}, {15, "BLD&Blood&HL70487"}}) + "OBX|1|ST|B^b^L||x||||||F\r"));
    CHECK(made.at("Specimen", "/collection/collectedDateTime") == "2026-03-01T10:00:00+00:00");
    CHECK(made.at("Specimen", "/collection/collector/reference") == full_url(made, "Practitioner"));
    CHECK(made.at("Observation", "/specimen/reference") == full_url(made, "Specimen"));
    const converted image(result(segment("OBR", {{2, "P1"}, {3, "F1"}, {4, "A^a^L"}, {7, "202603011000"}, {24, "RAD"}}) + "OBX|1|ST|B^b^L||x||||||F\r"));
    CHECK(image.all("Specimen").empty());
    CHECK(image.at("DiagnosticReport", "/effectiveDateTime") == "2026-03-01T10:00:00+00:00");
}

TEST_CASE("hl7v2 results: a sensitivity belongs to the isolate and the order that its OBR names", "[hl7v2][results]")
{
    const auto child = segment("OBR", {{1, "2"}, {2, "P1"}, {3, "F2"}, {4, "S^Sensitivity^L"}, {26, "O^2^Staph"}, {29, "P1&PAS^F1&LAB"}});
    const converted made(result("OBR|1|P1|F1|C^Culture^L\rOBX|1|ST|O^Organism^L|1|E coli||||||F\rOBX|2|ST|O^Organism^L|2|Staph||||||F\r" + child + "OBX|1|ST|A^Ampicillin^L||R||||||F\r"));
    REQUIRE(made.all("Observation").size() == 3);
    CHECK(made.at("Observation", "/hasMember", 0) == "");
    CHECK(made.at("Observation", "/hasMember/0/reference", 1) == full_url(made, "Observation", 2));
    CHECK(made.at("ServiceRequest", "/basedOn/0/reference", 1) == full_url(made, "ServiceRequest", 0));
    CHECK(made.at("ServiceRequest", "/basedOn/0/identifier/value", 1) == "P1");
    CHECK(made.at("ServiceRequest", "/basedOn", 0) == "");
}

TEST_CASE("hl7v2 results: who takes part in a result is its performer, a device its device", "[hl7v2][results]")
{
    const converted made(result("OBR|1|P1|F1|A^a^L\rOBX|1|ST|B^b^L||x||||||F||||LAB1^Central^L|C1^BROWN\rPRT|1|AD||RO^Responsible observer^HL70912|C2^GREEN\rPRT|2|AD||EQUIP^Equipment^HL70912||||||D1^ACME\r"));
    CHECK(made.at("Observation", "/performer/2/reference") != "");
    CHECK(made.at("Observation", "/performer/3") == "");
    CHECK(made.at("Observation", "/device/reference") == full_url(made, "Device", 1));
}
