#include "tests/unit/hl7v2/sample.hpp"

// Results from automated laboratories (OUL): by specimen, by container, by order.

using namespace sample;

namespace {

const std::string serum = "SPM|1|S1&LAB||SER^Serum^HL70487\r", urine = "SPM|2|S2&LAB||UR^Urine^HL70487\r";

std::string test_of(const std::string& number, const std::string& code)
{
    return "OBR|1|P" + number + "|F" + number + "|" + code + "^Test^L|||||||||||||||||||||F\rORC|RE|P" + number + "|F" + number + "\r";
}

std::string result_of(const std::string& code) { return "OBX|1|NM|" + code + "^Test^L||1|mmol/L|||||F\r"; }

std::string url(const converted& from, const std::string& type, std::size_t nth) { return "urn:uuid:" + from.at(type, "/id", nth); }

}  // namespace

TEST_CASE("hl7v2 laboratory: a specimen has many orders, each its report and results", "[hl7v2][laboratory]")
{
    const converted made(header("OUL^R22^OUL_R22") + patient + serum + "OBX|1|ST|H^Haemolysis^L||slight||||||F\rSAC||A1|C1\r" + test_of("1", "NA") +
                         result_of("NA") + test_of("2", "K") + result_of("K") + urine + test_of("3", "PR") + result_of("PR"));
    REQUIRE(made.all("Specimen").size() == 2);
    REQUIRE(made.all("DiagnosticReport").size() == 3);
    REQUIRE(made.all("Observation").size() == 4);
    CHECK(made.at("Specimen", "/accessionIdentifier/value", 0) == "A1");
    CHECK(made.at("Specimen", "/container/0/identifier/0/value", 0) == "C1");
    CHECK(made.at("Observation", "/focus/0/reference", 0) == url(made, "Specimen", 0));
    for (std::size_t nth = 0; nth < 3; nth++) {
        CHECK(made.at("DiagnosticReport", "/specimen/0/reference", nth) == url(made, "Specimen", nth / 2));
        CHECK(made.at("DiagnosticReport", "/basedOn/0/reference", nth) == url(made, "ServiceRequest", nth));
        CHECK(made.at("DiagnosticReport", "/result/0/reference", nth) == url(made, "Observation", nth + 1));
        CHECK(made.at("DiagnosticReport", "/result/1", nth).empty());
        CHECK(made.at("Observation", "/specimen/reference", nth + 1) == url(made, "Specimen", nth / 2));
        CHECK(made.at("ServiceRequest", "/status", nth) == "active");
    }
}

TEST_CASE("hl7v2 laboratory: each container has its orders, all are of one specimen", "[hl7v2][laboratory]")
{
    const converted made(header("OUL^R23^OUL_R23") + patient + serum + "SAC|||C1\r" + test_of("1", "NA") + result_of("NA") + "SAC|||C2\r" + test_of("2", "K") +
                         result_of("K"));
    REQUIRE(made.all("Specimen").size() == 1);
    CHECK(made.at("Specimen", "/container/1/identifier/0/value") == "C2");
    CHECK(made.at("DiagnosticReport", "/specimen/0/reference", 1) == url(made, "Specimen", 0));
    CHECK(made.at("DiagnosticReport", "/result/0/reference", 1) == url(made, "Observation", 1));
}

TEST_CASE("hl7v2 laboratory: by order, what follows a specimen is a result", "[hl7v2][laboratory]")
{
    const converted made(header("OUL^R24^OUL_R24") + patient + test_of("1", "NA") + serum + result_of("NA") + test_of("2", "PR") + urine + "SAC|||C2\r" + result_of("PR"));
    REQUIRE(made.all("Specimen").size() == 2);
    for (std::size_t nth = 0; nth < 2; nth++) {
        CHECK(made.at("DiagnosticReport", "/specimen/0/reference", nth) == url(made, "Specimen", nth));
        CHECK(made.at("DiagnosticReport", "/result/0/reference", nth) == url(made, "Observation", nth));
    }
}

TEST_CASE("hl7v2 laboratory: an order that came of another is a reflex wherever its ORC stands", "[hl7v2][laboratory]")
{
    const converted made(header("OUL^R22^OUL_R22") + patient + serum + segment("OBR", {{2, "P1"}, {3, "F1"}, {4, "NA^Sodium^L"}, {11, "G"}}) + "ORC|RE|P1|F1\r");
    CHECK(made.at("ServiceRequest", "/intent") == "reflex-order");
}

TEST_CASE("hl7v2 laboratory: orders under a specimen, or under a container of one, are for that specimen", "[hl7v2][laboratory]")
{
    const auto order = [](const std::string& number) { return "ORC|NW|P" + number + "\rOBR|1|P" + number + "||A^Test^L\rOBX|1|ST|F^Fasting^L||yes||||||F\r"; };
    for (const std::string type : {"OML^O33^OML_O33", "OML^O35^OML_O35"}) {
        const converted made(header(type) + patient + serum + "SAC|||C1\r" + order("1") + order("2") + urine + "SAC|||C2\r" + order("3"));
        REQUIRE(made.all("Specimen").size() == 2);
        REQUIRE(made.all("ServiceRequest").size() == 3);
        CHECK(made.at("Specimen", "/container/0/identifier/0/value", 1) == "C2");
        for (std::size_t nth = 0; nth < 3; nth++) {
            CHECK(made.at("ServiceRequest", "/specimen/0/reference", nth) == url(made, "Specimen", nth / 2));
            CHECK(made.at("ServiceRequest", "/specimen/1", nth).empty());
            CHECK(made.at("ServiceRequest", "/supportingInfo/0/reference", nth) == url(made, "Observation", nth));
        }
    }
}

TEST_CASE("hl7v2 laboratory: a message by specimen that begins with its order is read by order", "[hl7v2][laboratory]")
{
    const converted made(header("OUL^R22^OUL_R22") + patient + "ORC|RE|P1\r" + "OBR|1|P1|F1|NA^Test^L|||||||||||||||||||||F\r" + result_of("NA") + serum + urine);
    REQUIRE(made.all("Specimen").size() == 2);
    CHECK(made.at("DiagnosticReport", "/specimen/1/reference") == url(made, "Specimen", 1));
    CHECK(made.at("DiagnosticReport", "/result/0/reference") == url(made, "Observation", 0));
    const converted order(header("OML^O33^OML_O33") + patient + "ORC|NW|P1\rOBR|1|P1||NA^Test^L\r" + serum);
    CHECK(order.at("ServiceRequest", "/specimen/0/reference") == url(order, "Specimen", 0));
}

TEST_CASE("hl7v2 laboratory: an order has its ORC whether it stands before or behind", "[hl7v2][laboratory]")
{
    const auto obr = [](const std::string& number) { return "OBR|1|P" + number + "|F" + number + "|NA^Test^L|||||||||||||||||||||F\r"; };
    const auto orc = [](const std::string& number) { return "ORC|RE|P" + number + "|F" + number + "||CM\r"; };
    for (const auto& orders : {obr("1") + orc("1") + obr("2") + orc("2"), orc("1") + obr("1") + result_of("NA") + orc("2") + obr("2")}) {
        const converted made(header("OUL^R22^OUL_R22") + patient + serum + orders);
        REQUIRE(made.all("ServiceRequest").size() == 2);
        for (std::size_t nth = 0; nth < 2; nth++) {
            CHECK(made.at("ServiceRequest", "/identifier/0/value", nth) == "P" + std::to_string(nth + 1));
            CHECK(made.at("ServiceRequest", "/status", nth) == "completed");
        }
    }
    const converted bare(header("OUL^R22^OUL_R22") + patient + serum + orc("1") + obr("1") + orc("2") + obr("2"));
    CHECK(bare.at("ServiceRequest", "/identifier/0/value", 0) == "P1");
    CHECK(bare.at("ServiceRequest", "/identifier/0/value", 1) == "P2");
}
