#include "tests/unit/hl7v2/sample.hpp"

// Patients, their relatives, visits and what happens to them.

using namespace sample;

namespace {

std::string patient_of(const std::string& id) { return "PID|1||" + id + "^^^RYJ^MR||SMITH^JOHN\r"; }

const std::string stay = segment("PV1", {{1, "1"}, {2, "I"}, {3, "W1^R1^B1"}, {19, "V1^^^RYJ^VN"}, {44, "20260109"}});

std::string adt(const std::string& event, const std::string& rest)
{
    return header("ADT^" + event) + "EVN||20260110091500\r" + rest;
}

}  // namespace

TEST_CASE("hl7v2 administration: an event has its provenance, by the operator or else the sender", "[hl7v2][administration]")
{
    const converted named(header("ADT^A01") + "EVN||20260110091500||01|U1^OPERATOR^OLGA||RYJ\r" + patient_of("4001"));
    const converted unnamed(adt("A01", patient_of("4001")));
    const auto event_of = [](const converted& made) {
        for (const auto* one : made.all("Provenance")) {
            if (converted::text(*one, "/activity/coding/0/display") == "event - ADT^A01")
                return one;
        }
        return static_cast<const rapidjson::Value*>(nullptr);
    };
    REQUIRE(event_of(named));
    REQUIRE(event_of(unnamed));
    CHECK(converted::text(*event_of(named), "/recorded") == "2026-01-10T09:15:00+00:00");
    CHECK(converted::text(*event_of(named), "/reason/0/coding/0/code") == "PATRQT");
    CHECK(named.at("Practitioner", "/name/0/family") == "OPERATOR");
    CHECK(converted::text(*event_of(unnamed), "/agent/0/who/reference") == unnamed.at("MessageHeader", "/sender/reference"));
}

TEST_CASE("hl7v2 administration: the first software is the sender's, others came between", "[hl7v2][administration]")
{
    const converted made(header("ADT^A01") + "SFT|ACME|3.1|PAS|B1\rSFT|HUB LTD|2|HUB|B2\r" + patient_of("4001"));
    CHECK(made.at("MessageHeader", "/source/software") == "PAS");
    CHECK(made.at("MessageHeader", "/source/version") == "3.1");
    REQUIRE(made.all("Device").size() >= 2);
    std::map<std::string, std::string> roles;
    for (const auto* provenance : made.all("Provenance")) {
        for (std::size_t i = 0; i < 3; i++) {
            const auto at = "/entity/" + std::to_string(i);
            roles[converted::text(*provenance, at + "/role")] = converted::text(*provenance, at + "/what/reference");
        }
    }
    CHECK(roles.contains("source"));
    CHECK(roles.contains("derivation"));
    CHECK(roles["source"] != roles["derivation"]);
}

TEST_CASE("hl7v2 administration: an account number is an account's, and the visit names it", "[hl7v2][administration]")
{
    const converted made(adt("A01", "PID|1||4001^^^RYJ^MR||SMITH^JOHN|||||||||||||ACC1^^^RYJ\r" + stay));
    CHECK(made.at("Account", "/identifier/0/value") == "ACC1");
    CHECK(made.at("Account", "/subject/0/reference") == "urn:uuid:" + made.at("Patient", "/id"));
    CHECK(made.at("Encounter", "/account/0/reference") == "urn:uuid:" + made.at("Account", "/id"));
}

TEST_CASE("hl7v2 administration: a county goes to the address, or stands alone where there are several", "[hl7v2][administration]")
{
    const auto district = [](const std::string& address, const std::string& pointer) {
        return converted(adt("A28", "PID|1||4001^^^RYJ^MR||SMITH^JOHN||||||" + address + "|KENT\r")).at("Patient", pointer);
    };
    CHECK(district("1 Road^^Town", "/address/0/district") == "KENT");
    CHECK(district("1 Road^^Town~2 Road^^Town", "/address/2/district") == "KENT");
    CHECK(district("", "/address/0/district") == "KENT");
}

TEST_CASE("hl7v2 administration: citizenship and tribe are two extensions", "[hl7v2][administration]")
{
    const converted made(adt("A28", segment("PID", {{3, "4001^^^RYJ^MR"}, {5, "SMITH^JOHN"}, {26, "GBR"}, {39, "N1"}})));
    CHECK(made.at("Patient", "/extension/0/extension/0/valueCodeableConcept/coding/0/code") == "GBR");
    CHECK(made.at("Patient", "/extension/1/extension/0/valueCodeableConcept/coding/0/code") == "N1");
}

TEST_CASE("hl7v2 administration: a mother is a relative of the patient", "[hl7v2][administration]")
{
    const converted made(adt("A28", "PID|1||4001^^^RYJ^MR||SMITH^JOHN||||||||||||||||M1^^^RYJ\r"));
    CHECK(made.at("RelatedPerson", "/identifier/0/value") == "M1");
    CHECK(made.at("RelatedPerson", "/relationship/0/coding/0/code") == "MTH");
    CHECK(made.at("RelatedPerson", "/patient/reference") == "urn:uuid:" + made.at("Patient", "/id"));
}

TEST_CASE("hl7v2 administration: an employer is a contact and no relative", "[hl7v2][administration]")
{
    const converted made(adt("A01", patient_of("4001") + "NK1|1||E^Employer^HL70063||||||||||ACME LTD\rNK1|2|SMITH^MARY|SPO^Spouse^HL70063\r"));
    CHECK(made.at("Patient", "/contact/1/name/family") == "SMITH");
    CHECK(made.all("RelatedPerson").size() == 1);
    CHECK(made.at("Organization", "/name", 0).size() > 0);
    CHECK(made.at("Patient", "/contact/0/organization/reference").starts_with("urn:uuid:"));
}

TEST_CASE("hl7v2 administration: what an event says of the visit's status", "[hl7v2][administration]")
{
    const std::map<std::string, std::string> expected = {{"A01", "in-progress"}, {"A03", "finished"}, {"A05", "planned"}, {"A11", "cancelled"},
                                                         {"A12", "in-progress"}, {"A13", "in-progress"}, {"A21", "onleave"}, {"A22", "in-progress"},
                                                         {"A38", "cancelled"}};
    for (const auto& [event, status] : expected) {
        INFO(event);
        CHECK(converted(adt(event, patient_of("4001") + stay)).at("Encounter", "/status") == status);
    }
}

TEST_CASE("hl7v2 administration: a cancelled discharge ends no stay", "[hl7v2][administration]")
{
    const converted made(adt("A13", patient_of("4001") + segment("PV1", {{2, "I"}, {19, "V1"}, {44, "20260109"}, {45, "20260110"}})));
    CHECK(made.at("Encounter", "/status") == "in-progress");
    CHECK(made.at("Encounter", "/period/end").empty());
    CHECK(made.issue_at("PV1-45"));
}

TEST_CASE("hl7v2 administration: a bed's status is said of the bed", "[hl7v2][administration]")
{
    const converted made(adt("A01", patient_of("4001") + segment("PV1", {{2, "I"}, {3, "W1^R1^B1"}, {40, "H"}})));
    for (const auto* place : made.all("Location"))
        CHECK((converted::text(*place, "/physicalType/coding/0/code") == "bd") == (converted::text(*place, "/operationalStatus/code") == "H"));
}

TEST_CASE("hl7v2 administration: diagnoses belong to the visit and to the episode that it names", "[hl7v2][administration]")
{
    const converted made(adt("A01", patient_of("4001") + segment("PV1", {{2, "I"}, {3, "W1"}, {54, "EP1^^^RYJ"}}) + segment("DG1", {{1, "1"}, {3, "I21.9^Infarction^I10"}, {6, "W"}, {15, "2"}})));
    CHECK(made.at("EpisodeOfCare", "/identifier/0/value") == "EP1");
    CHECK(made.at("EpisodeOfCare", "/diagnosis/0/rank") == "2");
    CHECK(made.at("Encounter", "/diagnosis/0/condition/reference") == "urn:uuid:" + made.at("Condition", "/id"));
    CHECK(made.at("Encounter", "/episodeOfCare/0/reference") == "urn:uuid:" + made.at("EpisodeOfCare", "/id"));
}

TEST_CASE("hl7v2 administration: a procedure's minutes end its period", "[hl7v2][administration]")
{
    const converted made(adt("A01", patient_of("4001") + stay + "PR1|1||K40.1^Bypass^OPCS4||202601092340||45\r"));
    CHECK(made.at("Procedure", "/performedPeriod/start") == "2026-01-09T23:40:00+00:00");
    CHECK(made.at("Procedure", "/performedPeriod/end") == "2026-01-10T00:25:00+00:00");
}

TEST_CASE("hl7v2 administration: roles are the general practitioner, the care team or the visit's", "[hl7v2][administration]")
{
    const converted made(adt("A01", patient_of("4001") + "ROL|R1|AD|PP^Primary^HL70443|G1^TOWN^GREG\rROL|R2|AD|AT^Attending^HL70443|C1^BROWN^SARAH\r" +
                                        stay + "ROL|R3|AD|RP^Referring^HL70443|C2^GREEN^TOM\r"));
    CHECK(made.at("Patient", "/generalPractitioner/0/reference").starts_with("urn:uuid:"));
    CHECK(made.at("CareTeam", "/participant/0/role/0/coding/0/code") == "ATND");
    CHECK(made.at("Encounter", "/participant/0/type/0/coding/1/code") == "PP");
    CHECK(made.at("Encounter", "/participant/0/individual/display") == "GREG TOWN");
    CHECK(made.at("Encounter", "/participant/1/type/0/coding/0/code") == "ATND");
    CHECK(made.at("Encounter", "/participant/2/type/0/coding/0/code") == "REF");
    CHECK(made.all("CareTeam").size() == 1);
}

TEST_CASE("hl7v2 administration: how long somebody is the patient's practitioner is not how long they took part in the visit", "[hl7v2][administration]")
{
    const converted made(adt("A01", patient_of("4001") + "ROL|R1|AD|PP^Primary^HL70443|G1^TOWN^GREG|20190101\rROL|R2|AD|AT^Attending^HL70443|C1^BROWN^SARAH|20260110\r" + stay));
    CHECK(made.at("Encounter", "/participant/0/period/start").empty());
    CHECK(made.at("Encounter", "/participant/1/period/start") == "2026-01-10");
}

TEST_CASE("hl7v2 administration: a role of a site's own is in the care team and in the visit", "[hl7v2][administration]")
{
    const std::string role = "ROL|R1|AD|KW^Key worker^SITE|C1^BROWN^SARAH\r";
    const converted made(adt("A01", patient_of("4001") + role + stay));
    CHECK(made.at("CareTeam", "/participant/0/role/0/coding/0/code") == "KW");
    CHECK(made.at("CareTeam", "/participant/0/member/display") == "SARAH BROWN");
    CHECK(made.at("Encounter", "/participant/0/type/0/coding/0/code") == "KW");
    CHECK(converted(adt("A28", patient_of("4001") + role)).all("Encounter").empty());
}

TEST_CASE("hl7v2 administration: an action on a diagnosis that the table lacks leaves it unconfirmed", "[hl7v2][administration]")
{
    const auto made = [](const std::string& action) {
        return converted(adt("A01", patient_of("4001") + stay + segment("DG1", {{1, "1"}, {3, "I21.9^Infarction^I10"}, {6, "W"}, {21, action}})));
    };
    CHECK(made("D").at("Condition", "/verificationStatus/coding/0/code") == "entered-in-error");
    CHECK(made("Z").at("Condition", "/verificationStatus/coding/0/code") == "unconfirmed");
    CHECK(made("Z").at("Condition", "/verificationStatus/text") == "Z");
    CHECK(made("U").at("Condition", "/verificationStatus/coding/0/code").empty());
}

TEST_CASE("hl7v2 administration: a newborn's record names the mother's", "[hl7v2][administration]")
{
    const converted made(adt("A01", segment("PID", {{3, "4001^^^RYJ^MR"}, {5, "EXAMPLE^BABY"}, {21, "4000^^^RYJ^MR"}})));
    CHECK(made.at("Patient", "/extension/0/valueReference/identifier/value") == "4000");
    CHECK(made.at("RelatedPerson", "/identifier/0/value") == "4000");
}

TEST_CASE("hl7v2 administration: where a participant is reached stands at the participation", "[hl7v2][administration]")
{
    const converted made(adt("A01", patient_of("4001") + "PRT|1|A||AT^Attending^HL70912|C1^BROWN^SARAH|||||||||1 Ward Road^^Town|02079460007^WPN^PH\r"));
    CHECK(made.at("CareTeam", "/participant/0/extension/0/valueAddress/city") == "Town");
    CHECK(made.at("CareTeam", "/participant/0/extension/1/valueContactPoint/value") == "02079460007");
}

TEST_CASE("hl7v2 administration: without an event nobody knows what became of the visit", "[hl7v2][administration]")
{
    CHECK(converted("MSH|^~\\&|PAS|RYJ|TIE|RYJ|20260110091530|||C1|P|2.5\r" + patient_of("4001") + stay).at("Encounter", "/status") == "unknown");
    CHECK(converted(adt("A01", patient_of("4001") + stay)).at("Encounter", "/status") == "in-progress");
}

TEST_CASE("hl7v2 administration: a participation that is deleted is none", "[hl7v2][administration]")
{
    const std::string who = "|PP^Primary^HL70912|G1^TOWN^GREG\r";
    CHECK_FALSE(converted(adt("A28", patient_of("4001") + "PRT|1|AD|" + who)).at("Patient", "/generalPractitioner/0/reference").empty());
    CHECK(converted(adt("A28", patient_of("4001") + "PRT|1|D|" + who)).at("Patient", "/generalPractitioner/0/reference").empty());
}

TEST_CASE("hl7v2 administration: patients who are merged are linked both ways", "[hl7v2][administration]")
{
    for (const std::string event : {"A34", "A40"}) {
        const converted made(adt(event, patient_of("4001") + "MRG|3999^^^RYJ^MR\r"));
        INFO(event);
        REQUIRE(made.all("Patient").size() == 2);
        const std::string stays = "urn:uuid:" + made.at("Patient", "/id"), goes = "urn:uuid:" + made.at("Patient", "/id", 1);
        CHECK(made.at("Patient", "/link/0/type") == "replaces");
        CHECK(made.at("Patient", "/link/0/other/reference") == goes);
        CHECK(made.at("Patient", "/link/0/type", 1) == "replaced-by");
        CHECK(made.at("Patient", "/link/0/other/reference", 1) == stays);
        CHECK(made.at("Patient", "/active", 1) == "false");
    }
}

TEST_CASE("hl7v2 administration: a changed number retires nobody", "[hl7v2][administration]")
{
    const converted renumbered(adt("A47", patient_of("4001") + "MRG|3999^^^RYJ^MR\r"));
    CHECK(renumbered.all("Patient").size() == 1);
    CHECK(renumbered.at("Patient", "/identifier/1/use") == "old");
    const converted visit(adt("A50", patient_of("4001") + "MRG|4001^^^RYJ^MR||||V0^^^RYJ^VN\r" + stay));
    CHECK(visit.all("Encounter").size() == 1);
    CHECK((visit.at("Encounter", "/identifier/0/use") == "old" || visit.at("Encounter", "/identifier/1/use") == "old"));
}

TEST_CASE("hl7v2 administration: two records of a person are linked, and two patients who swap beds are not", "[hl7v2][administration]")
{
    const converted linked(adt("A24", patient_of("4001") + patient_of("4002")));
    REQUIRE(linked.all("Patient").size() == 2);
    CHECK(linked.at("Patient", "/link/0/type") == "seealso");
    CHECK(linked.at("Patient", "/link/0/type", 1) == "seealso");
    const converted swapped(adt("A17", patient_of("4001") + "PV1|1|I|W1^R1^B1\r" + patient_of("4002") + "PV1|1|I|W1^R1^B2\r"));
    CHECK(swapped.all("Patient").size() == 2);
    CHECK(swapped.all("Encounter").size() == 2);
    CHECK(swapped.at("Patient", "/link/0/type").empty());
    CHECK(swapped.at("Encounter", "/subject/reference") != swapped.at("Encounter", "/subject/reference", 1));
}

TEST_CASE("hl7v2 administration: allergies of an A60 have who reported them and what was noted", "[hl7v2][administration]")
{
    const converted made(adt("A60", patient_of("4001") + "IAM|1|DA^Drug^HL70127|372687004^Amoxicillin^SCT|SV|Rash|A||||||||SMITH^MARY|SPO^Spouse^HL70063||I\r" +
                                        "NTE|1||seen twice\r" + "IAM|2||227493005^Cashew^SCT||||D\r"));
    REQUIRE(made.all("AllergyIntolerance").size() == 2);
    CHECK(made.at("AllergyIntolerance", "/criticality") == "high");
    CHECK(made.at("AllergyIntolerance", "/note/0/text") == "seen twice");
    CHECK(made.at("AllergyIntolerance", "/clinicalStatus/coding/0/code") == "inactive");
    CHECK(made.at("AllergyIntolerance", "/recorder/reference") == "urn:uuid:" + made.at("RelatedPerson", "/id"));
}

TEST_CASE("hl7v2 administration: a field that takes something away leaves nobody behind", "[hl7v2][administration]")
{
    const converted made(adt("A08", patient_of("4001") + "PV1|1|I|W1|||||\"\"\r"));
    CHECK(made.at("Encounter", "/participant/0/type/0/text").empty());
}
