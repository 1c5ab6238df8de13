// What keeps its id from message to message, so that a receiver can update it.
#include "sample.hpp"

#include <algorithm>

using namespace sample;

namespace {

std::string again(std::string message, const std::string& control_id)
{
    return message.replace(message.find("|C1|"), 4, "|" + control_id + "|");
}

std::string report(const std::string& number, const std::string& code, const std::string& results)
{
    return segment("OBR", {{1, "1"}, {2, number + "^PAS"}, {3, "F" + number + "^LAB"}, {4, code}, {7, "20260110080000"}, {25, "F"}}) + results;
}

std::string result(const std::string& code, const std::string& value, const std::string& status = "F")
{
    return "OBX|1|NM|" + code + "||" + value + "|g/L|||||" + status + "\r";
}

std::string results(const std::string& reports) { return header("ORU^R01^ORU_R01") + patient + reports; }

std::string admission(const std::string& visit, const std::string& rest)
{
    return header("ADT^A01^ADT_A01") + patient + segment("PV1", {{2, "I"}, {19, visit}}) + rest;
}

std::string id(const converted& of, const std::string& type, std::size_t nth = 0) { return of.at(type, "/id", nth); }

}  // namespace

TEST_CASE("hl7v2 identity: a corrected result is the same Observation, of the same report and order", "[hl7v2][identity]")
{
    const auto codes = result("718-7^Hb^LN", "140", "P") + result("6690-2^WBC^LN", "9", "P");
    const converted first(results(report("P1", "FBC^Full blood count^L", codes)));
    const converted second(again(results(report("P1", "FBC^FULL BLOOD COUNT^L", result("6690-2^White cells^LN", "11", "C"))), "C2"));
    CHECK(id(first, "DiagnosticReport") == id(second, "DiagnosticReport"));
    CHECK(id(first, "ServiceRequest") == id(second, "ServiceRequest"));
    CHECK(id(first, "Observation", 1) == id(second, "Observation"));
    CHECK(id(first, "Observation", 0) != id(first, "Observation", 1));
}

TEST_CASE("hl7v2 identity: two tests under one order number keep their ids, whichever comes first", "[hl7v2][identity]")
{
    const auto fbc = report("P1", "FBC^Full blood count^L", result("718-7^Hb^LN", "140"));
    const auto film = report("P1", "FILM^Blood film^L", result("X^Film^L", "1"));
    const converted first(results(fbc + film)), second(again(results(film + fbc), "C2"));
    CHECK(id(first, "DiagnosticReport", 0) != id(first, "DiagnosticReport", 1));
    CHECK(id(first, "DiagnosticReport", 0) == id(second, "DiagnosticReport", 1));
    CHECK(id(first, "Observation", 1) == id(second, "Observation", 0));
}

TEST_CASE("hl7v2 identity: the same code twice in one report is two Observations, in their order", "[hl7v2][identity]")
{
    const auto twice = report("P1", "BP^Blood pressure^L", result("8480-6^Systolic^LN", "120") + result("8480-6^Systolic^LN", "130"));
    const converted first(results(twice)), second(again(results(twice), "C2"));
    REQUIRE(first.all("Observation").size() == 2);
    CHECK(id(first, "Observation", 0) != id(first, "Observation", 1));
    CHECK(id(first, "Observation", 1) == id(second, "Observation", 1));
}

TEST_CASE("hl7v2 identity: an allergy is one of its patient's, a diagnosis one of its stay's", "[hl7v2][identity]")
{
    const std::string rest = "AL1|1|DA|372687004^Amoxicillin^SCT|SV|Rash\rDG1|1||I21.9^Infarction^I10||20260110|A\r";
    const converted first(admission("V1^^^RYJ", rest)), again_so(again(admission("V1^^^RYJ", rest), "C2"));
    const converted later(again(admission("V2^^^RYJ", rest), "C3"));
    CHECK(id(first, "AllergyIntolerance") == id(again_so, "AllergyIntolerance"));
    CHECK(id(first, "AllergyIntolerance") == id(later, "AllergyIntolerance"));
    CHECK(id(first, "Condition") == id(again_so, "Condition"));
    CHECK(id(first, "Condition") != id(later, "Condition"));
}

TEST_CASE("hl7v2 identity: a doctor without a number is the same wherever all that is said of him is", "[hl7v2][identity]")
{
    const auto stay = header("ADT^A01^ADT_A01") + patient + segment("PV1", {{2, "I"}, {7, "^SINGH^PRIYA"}, {19, "V1^^^RYJ"}});
    const converted first(stay), second(again(stay, "C2"));
    CHECK(id(first, "Practitioner") == id(second, "Practitioner"));
}

TEST_CASE("hl7v2 identity: a patient without a number is nobody else's patient", "[hl7v2][identity]")
{
    const auto unnamed = header("ADT^A01^ADT_A01") + "PID|1||||SMITH^JOHN\r" + segment("PV1", {{2, "E"}});
    const converted first(unnamed), second(again(unnamed, "C2"));
    REQUIRE(first.all("Patient").size() == 1);
    CHECK(id(first, "Patient") != id(second, "Patient"));
    CHECK(id(first, "Encounter") != id(second, "Encounter"));
}

TEST_CASE("hl7v2 identity: a stay without a visit number is known by its beginning, without that by this message alone", "[hl7v2][identity]")
{
    const auto stay = [](const std::string& begins) { return header("ADT^A01^ADT_A01") + patient + segment("PV1", {{2, "I"}, {44, begins}}); };
    CHECK(id(converted(stay("20260110080000")), "Encounter") == id(converted(again(stay("20260110080000"), "C2")), "Encounter"));
    CHECK(id(converted(stay("20260110080000")), "Encounter") != id(converted(again(stay("20260111080000"), "C2")), "Encounter"));
    CHECK(id(converted(stay("")), "Encounter") != id(converted(again(stay(""), "C2")), "Encounter"));
}

TEST_CASE("hl7v2 identity: a relative of whom all is said twice is one", "[hl7v2][identity]")
{
    const auto insured = [](const std::string& number, const std::string& name) {
        return segment("IN1", {{1, number}, {2, "P" + number}, {3, "I" + number}, {16, name}, {17, "SPO"}});
    };
    const auto message = [&](const std::string& other) {
        return admission("V1", insured("1", "O'NEILL^SEAN") + insured("2", other));
    };
    CHECK(converted(message("O'NEILL^SEAN")).all("RelatedPerson").size() == 1);
    CHECK(converted(message("O'NEILL^SIOBHAN")).all("RelatedPerson").size() == 2);
}
