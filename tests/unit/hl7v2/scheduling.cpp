#include "tests/unit/hl7v2/sample.hpp"

// Appointments, documents, insurance and charges.

using namespace sample;

namespace {

const std::string person = "PID|1||4001^^^RYJ^MR||SMITH^JOHN\r";

std::string schedule(std::map<int, std::string> fields)
{
    fields.insert({{1, "P1^PAS"}, {2, "F1^PAS"}});
    return segment("SCH", fields);
}

std::string booking(const std::string& scheduled, const std::string& resources)
{
    return header("SIU^S12^SIU_S12") + scheduled + person + "PV1|1|O|||||||||||||||||V1\rRGS|1\r" + resources;
}

}  // namespace

TEST_CASE("hl7v2 scheduling: an appointment has its patient, time, place and people", "[hl7v2][scheduling]")
{
    const converted made(booking(schedule({{9, "30"}, {10, "min"}, {11, "^^^202601121000^202601121030"}, {25, "Booked"}}),
                                 "AIS|1||S1^Cardiology clinic^L\rAIL|1||CL1\rAIP|1||C1^BROWN^SARAH|ATND^Attender^L\r"));
    CHECK(made.at("Appointment", "/status") == "booked");
    CHECK(made.at("Appointment", "/start") == "2026-01-12T10:00:00+00:00");
    CHECK(made.at("Appointment", "/end") == "2026-01-12T10:30:00+00:00");
    CHECK(made.at("Appointment", "/participant/0/actor/reference") == "urn:uuid:" + made.at("Patient", "/id"));
    CHECK(made.at("Appointment", "/participant/1/actor/display") == "Cardiology clinic");
    CHECK(made.at("Appointment", "/participant/2/actor/reference") == "urn:uuid:" + made.at("Location", "/id"));
    CHECK(made.at("Appointment", "/participant/3/status") == "accepted");
    CHECK(made.at("Encounter", "/appointment/0/reference") == "urn:uuid:" + made.at("Appointment", "/id"));
}

TEST_CASE("hl7v2 scheduling: without a time of its own an appointment has that of its first service", "[hl7v2][scheduling]")
{
    const converted made(booking(schedule({{25, "Booked"}}),
                                 "AIS|1||S1^Clinic^L|202601121000|||20|MIN\rAIS|2||S2^X-ray^L|202601121100|||1|HR\r"));
    CHECK(made.at("Appointment", "/start") == "2026-01-12T10:00:00+00:00");
    CHECK(made.at("Appointment", "/end") == "2026-01-12T10:20:00+00:00");
    CHECK(made.at("Appointment", "/participant/2/period/end") == "2026-01-12T12:00:00+00:00");
}

TEST_CASE("hl7v2 scheduling: an offset counts from the appointment's start, and stays a text without one", "[hl7v2][scheduling]")
{
    const std::string service = "AIS|1||S1^Clinic^L||15|MIN\r";
    const converted counted(booking(schedule({{11, "^^^202601121000^202601121030"}, {25, "Booked"}}), service));
    CHECK(counted.at("Appointment", "/participant/1/period/start") == "2026-01-12T10:15:00+00:00");
    const converted kept(booking(schedule({{25, "Pending"}}), service));
    CHECK(kept.at("Appointment", "/participant/1/period/_start/extension/0/valueString") == "15 MIN after the appointment's start");
}

TEST_CASE("hl7v2 scheduling: an appointment is for the order whose number it has", "[hl7v2][scheduling]")
{
    const converted made(booking(schedule({{25, "Cancelled"}, {26, "O1^PAS"}}), "AIS|1||S1^Clinic^L\r"));
    CHECK(made.at("Appointment", "/status") == "cancelled");
    CHECK(made.at("ServiceRequest", "/identifier/0/value") == "O1");
    CHECK(made.at("ServiceRequest", "/status") == "revoked");
    CHECK(made.at("Appointment", "/basedOn/0/reference") == "urn:uuid:" + made.at("ServiceRequest", "/id"));
    CHECK(made.at("ServiceRequest", "/subject/reference") == "urn:uuid:" + made.at("Patient", "/id"));
}

TEST_CASE("hl7v2 documents: what TXA says and the first OBX are one content", "[hl7v2][documents]")
{
    const converted made(header("MDM^T02^MDM_T02") + "EVN|T02|20260110\r" + person + "PV1|1|O\r" +
                         "TXA|1|DS|TX||||||C1^BROWN^SARAH|||D1^PAS|||||AU|R|AV\rOBX|1|TX|D||Line one~Line two\rOBX|2|ED|D||^IM^png^Base64^iVBORw0KGgo=\r");
    CHECK(made.at("DocumentReference", "/masterIdentifier/value") == "D1");
    CHECK(made.at("DocumentReference", "/docStatus") == "final");
    CHECK(made.at("DocumentReference", "/content/0/format/code") == "TX");
    CHECK(made.at("DocumentReference", "/content/0/attachment/data") == "TGluZSBvbmUKTGluZSB0d28=");
    CHECK(made.at("DocumentReference", "/content/1/attachment/data") == "iVBORw0KGgo=");
    CHECK(made.at("DocumentReference", "/author/0/reference") == "urn:uuid:" + made.at("Practitioner", "/id"));
}

TEST_CASE("hl7v2 documents: a cancelled document was entered in error, a replaced one names what it replaces", "[hl7v2][documents]")
{
    const std::string document = "EVN||20260110\r" + person + "PV1|1|O\rTXA|1|DS|TX|||||||||D2^PAS|D1^PAS||||AU\r";
    CHECK(converted(header("MDM^T11^MDM_T01") + document).at("DocumentReference", "/status") == "entered-in-error");
    const converted replaced(header("MDM^T10^MDM_T02") + document);
    CHECK(replaced.at("DocumentReference", "/relatesTo/0/code") == "replaces");
    CHECK(replaced.at("DocumentReference", "/relatesTo/0/target/identifier/value") == "D1");
}

TEST_CASE("hl7v2 insurance: the insured is the patient or somebody else", "[hl7v2][insurance]")
{
    const auto insured = [](const std::string& relationship) {
        return converted(header("ADT^A01") + person + "IN1|1|P1|I1|BUPA" + std::string(12, '|') + "SMITH^MARY|" + relationship + "\r");
    };
    const auto self = insured("SEL"), other = insured("SPO");
    CHECK(self.at("Coverage", "/subscriber/reference") == "urn:uuid:" + self.at("Patient", "/id"));
    CHECK(self.all("RelatedPerson").empty());
    CHECK(other.at("Coverage", "/subscriber/reference") == "urn:uuid:" + other.at("RelatedPerson", "/id"));
    CHECK(other.at("Coverage", "/beneficiary/reference") == "urn:uuid:" + other.at("Patient", "/id"));
}

TEST_CASE("hl7v2 charges: each FT1 is a charge item of the account, with its procedures", "[hl7v2][charges]")
{
    const converted made(header("DFT^P03^DFT_P03") + "EVN||20260110\rPID|1||4001^^^RYJ^MR||SMITH^JOHN|||||||||||||ACC1^^^RYJ\rPV1|1|O\r" +
                         "FT1|1|T1||20260110||CG|77^Visit^L|||2\rPR1|1||X1^Scan^L\rFT1|2|T2||20260110||CD|78^Test^L\r");
    REQUIRE(made.all("ChargeItem").size() == 2);
    CHECK(made.at("ChargeItem", "/status") == "billable");
    CHECK(made.at("ChargeItem", "/quantity/value") == "2");
    CHECK(made.at("ChargeItem", "/account/0/reference") == "urn:uuid:" + made.at("Account", "/id"));
    CHECK(made.at("ChargeItem", "/service/0/reference") == "urn:uuid:" + made.at("Procedure", "/id"));
    CHECK(made.at("ChargeItem", "/service/0/reference", 1).empty());
    CHECK(made.at("ChargeItem", "/status", 1) == "entered-in-error");
}

TEST_CASE("hl7v2 accounts: every visit of a BAR has its own diagnoses", "[hl7v2][accounts]")
{
    const converted made(header("BAR^P01^BAR_P01") + "EVN||20260110\r" + person + "PV1|1|I|||||||||||||||||V1^^^RYJ\rDG1|1||I21^A^I10\r" +
                         "PV1|2|O|||||||||||||||||V2^^^RYJ\rDG1|1||J45^B^I10\r");
    REQUIRE(made.all("Encounter").size() == 2);
    REQUIRE(made.all("Condition").size() == 2);
    for (std::size_t i = 0; i < 2; i++)
        CHECK(made.at("Condition", "/encounter/reference", i) == "urn:uuid:" + made.at("Encounter", "/id", i));
}
