#include "sample.hpp"

using namespace sample;

namespace {

const std::string uk_core = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-";

std::string stay(const std::string& more = "", const std::string& who = patient)
{
    return header("ADT^A01^ADT_A01") + who + segment("PV1", {{2, "I"}, {19, "V1^^^RYJ"}}) + more;
}

}  // namespace

TEST_CASE("hl7v2 profiles: with the UK's rules each resource claims its profile of UK Core", "[hl7v2][profiles]")
{
    const converted made(stay());
    CHECK(made.at("Patient", "/meta/profile/0") == uk_core + "Patient");
    CHECK(made.at("Encounter", "/meta/profile/0") == uk_core + "Encounter");
    CHECK(made.at("MessageHeader", "/meta/profile/0") == uk_core + "MessageHeader");
    CHECK_FALSE(made.at("MessageHeader", "/meta/tag/0/code").empty());
}

TEST_CASE("hl7v2 profiles: without the UK's rules nothing is claimed, and ids are the same", "[hl7v2][profiles]")
{
    const converted with(stay()), without(stay(), {.uk = false});
    CHECK(without.at("Patient", "/meta/profile/0").empty());
    CHECK(without.at("Patient", "/id") == with.at("Patient", "/id"));
}

TEST_CASE("hl7v2 profiles: what a profile asks for and the message does not say is not claimed", "[hl7v2][profiles]")
{
    CHECK(converted(stay("AL1|1|DA|764146007^Penicillin^SCT\r")).at("AllergyIntolerance", "/meta/profile/0") == uk_core + "AllergyIntolerance");
    CHECK(converted(stay("AL1|1|DA||MO|Rash\r")).at("AllergyIntolerance", "/meta/profile/0").empty());
    const auto speaks = [](const std::string& language) {
        const converted made(stay("", segment("PID", {{3, "4001^^^RYJ^MR"}, {5, "DOE^JANE"}, {15, language}})));
        return made.at("Patient", "/meta/profile/0");
    };
    CHECK(speaks("en") == uk_core + "Patient");
    CHECK(speaks("the language of the birds").empty());
}

TEST_CASE("hl7v2 profiles: two NHS numbers of one patient are none of UK Core's", "[hl7v2][profiles]")
{
    const auto numbers = "4001^^^RYJ^MR~9434765919^^^NHS^NH~9434765870^^^NHS^NH";
    CHECK(converted(stay("", segment("PID", {{3, numbers}, {5, "DOE^JANE"}}))).at("Patient", "/meta/profile/0").empty());
}
