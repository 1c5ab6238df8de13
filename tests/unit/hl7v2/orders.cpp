#include "tests/unit/hl7v2/sample.hpp"

using namespace sample;

namespace {

std::string orders(const std::string& type, const std::string& segments) { return header(type) + patient + segments; }

std::string full_url(const converted& from, const std::string& type, std::size_t nth = 0)
{
    const auto id = from.at(type, "/id", nth);
    return id.empty() ? "none" : "urn:uuid:" + id;
}

}  // namespace

TEST_CASE("hl7v2 orders: an order has its numbers, its event and who asked for it", "[hl7v2][orders]")
{
    const converted made(orders("ORM^O01^ORM_O01", segment("ORC", {{1, "NW"}, {2, "P1^PAS"}, {3, "F1^LAB"}, {9, "202603011015"}, {12, "C1^BROWN^SARAH"}, {21, "LEEDS GP"}}) +
                                                       segment("OBR", {{1, "1"}, {2, "P1^PAS"}, {4, "26604007^FBC^SCT"}, {5, "S"}, {31, "R1^Tired^L"}})));
    REQUIRE(made.all("ServiceRequest").size() == 1);
    CHECK(made.at("ServiceRequest", "/status") == "active");
    CHECK(made.at("ServiceRequest", "/intent") == "order");
    CHECK(made.at("ServiceRequest", "/priority") == "stat");
    CHECK(made.at("ServiceRequest", "/authoredOn") == "2026-03-01T10:15:00+00:00");
    CHECK(made.at("ServiceRequest", "/identifier/0/value") == "P1");
    CHECK(made.at("ServiceRequest", "/identifier/1/value") == "F1");
    CHECK(made.at("ServiceRequest", "/identifier/2") == "");
    CHECK(made.at("ServiceRequest", "/extension/0/extension/0/valueCodeableConcept/coding/0/code") == "NW");
    CHECK(made.at("ServiceRequest", "/reasonCode/0/coding/0/display") == "Tired");
    CHECK(made.at("ServiceRequest", "/requester/reference") == full_url(made, "PractitionerRole"));
    CHECK(made.at("PractitionerRole", "/practitioner/reference") == full_url(made, "Practitioner"));
    CHECK(made.at("PractitionerRole", "/organization/reference") != "");
}

TEST_CASE("hl7v2 orders: an order number that the OBR gives besides the ORC's is kept", "[hl7v2][orders]")
{
    const converted made(orders("ORM^O01^ORM_O01", "ORC|NW|P1^PAS\rOBR|1|P2^PAS||26604007^FBC^SCT\r"));
    CHECK(made.at("ServiceRequest", "/identifier/0/value") == "P1");
    CHECK(made.at("ServiceRequest", "/identifier/1/value") == "P2");
}

TEST_CASE("hl7v2 orders: every OBR belongs to its own ORC, and one without has none", "[hl7v2][orders]")
{
    const converted made(orders("OML^O21^OML_O21", "ORC|NW|P1\rOBR|1|P1||A^a^L\rNTE|1||one\rORC|CA|P2\rOBR|2|P2||B^b^L\rNTE|1||two\rOBR|3|P3||C^c^L\r"));
    REQUIRE(made.all("ServiceRequest").size() == 3);
    CHECK(made.at("ServiceRequest", "/code/coding/0/code", 0) == "A");
    CHECK(made.at("ServiceRequest", "/note/0/text", 0) == "one");
    CHECK(made.at("ServiceRequest", "/code/coding/0/code", 1) == "B");
    CHECK(made.at("ServiceRequest", "/note/0/text", 1) == "two");
    CHECK(made.at("ServiceRequest", "/code/coding/0/code", 2) == "C");
    CHECK(made.at("ServiceRequest", "/identifier/0/value", 2) == "P3");
    CHECK(made.at("ServiceRequest", "/note/0/text", 2) == "");
}

TEST_CASE("hl7v2 orders: who ordered is also told by a Provenance, or else who sent", "[hl7v2][orders]")
{
    const converted made(orders("OML^O21^OML_O21", "ORC|NW|P1||||||||202603011015|E1^ENTERER\rOBR|1|P1||A^a^L\rORC|CA|P2\rOBR|2|P2||B^b^L\r"));
    std::vector<std::string> found;
    for (std::size_t nth = 0; nth < made.all("Provenance").size(); nth++) {
        const auto activity = made.at("Provenance", "/activity/coding/0/code", nth);
        if (activity == "CREATE" || activity == "CANCEL")
            found.push_back(activity + made.at("Provenance", "/agent/0/type/coding/0/code", nth));
    }
    CHECK(found == std::vector<std::string>{"CREATEenterer", "CANCEL"});
}

TEST_CASE("hl7v2 orders: answers asked at order entry support the order", "[hl7v2][orders]")
{
    const converted made(orders("OML^O21^OML_O21", "ORC|NW|P1\rOBR|1|P1||A^a^L\rOBX|1|ST|Q1^Fasting^L||yes||||||F\rSPM|1|S1^||SER^Serum^HL70487\r"));
    CHECK(made.at("ServiceRequest", "/supportingInfo/0/reference") == full_url(made, "Observation"));
    CHECK(made.at("ServiceRequest", "/specimen/0/reference") == full_url(made, "Specimen"));
    REQUIRE(made.all("Specimen").size() == 1);
}

TEST_CASE("hl7v2 orders: RXO, RXR and TQ1 speak of one dosage, the next TQ1 and RXR of another", "[hl7v2][orders]")
{
    const converted made(orders("OMP^O09^OMP_O09",
                                "ORC|NW|P1^PAS\rTQ1|1|1^tab|BID|||||||R\rTQ1|2|2^tab|QHS\rRXO|322236009^Paracetamol^SCT|500||mg\rRXR|PO^Oral^HL70162\rNTE|1||with food\r"));
    REQUIRE(made.all("MedicationRequest").size() == 1);
    CHECK(made.at("MedicationRequest", "/status") == "active");
    CHECK(made.at("MedicationRequest", "/intent") == "original-order");
    CHECK(made.at("MedicationRequest", "/dosageInstruction/0/route/coding/0/code") == "PO");
    CHECK(made.at("MedicationRequest", "/dosageInstruction/0/timing/code/coding/0/code") == "BID");
    CHECK(made.at("MedicationRequest", "/dosageInstruction/1/timing/code/coding/0/code") == "QHS");
    CHECK(made.at("MedicationRequest", "/dosageInstruction/2") == "");
    CHECK(made.at("MedicationRequest", "/note/0/text") == "with food");
    CHECK(made.at("Medication", "/code/coding/0/display") == "Paracetamol");
}

TEST_CASE("hl7v2 orders: a dose is a range only where its upper end is said", "[hl7v2][orders]")
{
    const converted one(orders("OMP^O09^OMP_O09", "ORC|NW|P1\rRXO|A^a^L|500||mg\r"));
    CHECK(one.at("MedicationRequest", "/dosageInstruction/0/doseAndRate/0/doseQuantity/value") == "500");
    CHECK(one.at("MedicationRequest", "/dosageInstruction/0/doseAndRate/0/doseQuantity/unit") == "mg");
    const converted range(orders("OMP^O09^OMP_O09", "ORC|NW|P1\rRXO|A^a^L|500|1000|mg\r"));
    CHECK(range.at("MedicationRequest", "/dosageInstruction/0/doseAndRate/0/doseRange/low/value") == "500");
    CHECK(range.at("MedicationRequest", "/dosageInstruction/0/doseAndRate/0/doseRange/high/value") == "1000");
}

TEST_CASE("hl7v2 orders: a timing's missing end or start is reckoned, what can't be reckoned is text", "[hl7v2][orders]")
{
    const auto timing = [](const std::string& fields) { return orders("OML^O21^OML_O21", "ORC|NW|P1\rTQ1|1|||||" + fields + "\rOBR|1|P1||A^a^L\r"); };
    const converted end(timing("2^d|202603011000"));
    CHECK(end.at("ServiceRequest", "/occurrenceTiming/repeat/boundsPeriod/end") == "2026-03-03T10:00:00+00:00");
    const converted start(timing("90^min||202603011000"));
    CHECK(start.at("ServiceRequest", "/occurrenceTiming/repeat/boundsPeriod/start") == "2026-03-01T08:30:00+00:00");
    const converted length(timing("2^wk"));
    CHECK(length.at("ServiceRequest", "/occurrenceTiming/repeat/boundsDuration/code") == "wk");
    const converted text(timing("2^rounds"));
    CHECK(text.at("ServiceRequest", "/occurrenceTiming/code/text") == "for 2 rounds");
}

TEST_CASE("hl7v2 orders: a vaccination is one Immunization of its ORC, RXA, RXR and OBX", "[hl7v2][orders]")
{
    const converted made(orders("VXU^V04^VXU_V04", "ORC|RE|P1|F1|||||||||C1^BROWN\rRXA|0|1|20260301||08^HepB^CVX|0.5|mL||||||||L77|20270101|MSD^Merck^MVX|||CP\rRXR|IM^Intramuscular^HL70162|LA^Left arm^HL70163\r"
                                                   "OBX|1|CE|30963-3^Funding^LN||P^Private^L||||||F\rORC|RE|P2|F2\r" + segment("RXA", {{1, "0"}, {2, "1"}, {3, "20250301"}, {5, "88^Flu^CVX"}, {6, "999"}, {20, "RE"}})));
    REQUIRE(made.all("Immunization").size() == 2);
    CHECK(made.at("Immunization", "/status", 0) == "completed");
    CHECK(made.at("Immunization", "/vaccineCode/coding/0/code", 0) == "08");
    CHECK(made.at("Immunization", "/lotNumber", 0) == "L77");
    CHECK(made.at("Immunization", "/route/coding/0/code", 0) == "IM");
    CHECK(made.at("Immunization", "/performer/0/function/coding/0/code", 0) == "OP");
    CHECK(made.at("Immunization", "/status", 1) == "not-done");
    CHECK(made.at("Immunization", "/route", 1) == "");
    CHECK(made.at("Observation", "/partOf/0/reference") == full_url(made, "Immunization", 0));
}

TEST_CASE("hl7v2 orders: what was given and what was dispensed refer to what was prescribed", "[hl7v2][orders]")
{
    const converted given(orders("RAS^O17^RAS_O17", "ORC|RE|P1\rRXO|A^a^L|1||tab\rRXA|0|1|202603011000||A^a^L|1|tab||N1^NURSE|||||||||||CP\rRXR|PO^Oral^HL70162\r"));
    CHECK(given.at("MedicationAdministration", "/status") == "completed");
    CHECK(given.at("MedicationAdministration", "/request/reference") == full_url(given, "MedicationRequest"));
    CHECK(given.at("MedicationAdministration", "/dosage/route/coding/0/code") == "PO");
    const converted dispensed(orders("RDS^O13^RDS_O13", "ORC|RE|P1\rRXE||A^a^L|1||tab\rRXD|1|A^a^L|202603011000|28|tab\r"));
    CHECK(dispensed.at("MedicationDispense", "/quantity/value") == "28");
    CHECK(dispensed.at("MedicationDispense", "/authorizingPrescription/0/reference") == full_url(dispensed, "MedicationRequest"));
}

TEST_CASE("hl7v2 orders: what was ordered and what the pharmacy made of it are two prescriptions with a dosage each", "[hl7v2][orders]")
{
    const std::string ordered = "TQ1|1||TID\rRXO|S1^Paracetamol^L|500||mg\rNTE|1||with water\rRXR|PO^Oral^HL70162\r";
    const std::string encoded = "RXE||D1^Dafalgan^L|2|||TAB\rTQ1|1||BID\rRXR|PR^Rectal^HL70162\r";
    for (const std::string type : {"RDE^O11^RDE_O11", "RDS^O13^RDS_O13", "RAS^O17^RAS_O17"}) {
        const std::string done = type[2] == 'S' ? type[1] == 'D' ? "RXD|1|D1^Dafalgan^L|202603011000|28|TAB\r" : "RXA|0|1|202603011000||D1^Dafalgan^L|2|TAB\r" : "";
        const converted made(orders(type, "ORC|NW|P1^PAS\r" + ordered + encoded + done));
        REQUIRE(made.all("MedicationRequest").size() == 2);
        const std::size_t order = made.at("MedicationRequest", "/intent", 0) == "original-order" ? 0 : 1;
        CHECK(made.at("MedicationRequest", "/note/0/text", order) == "with water");
        CHECK(made.at("MedicationRequest", "/dosageInstruction/0/route/coding/0/code", order) == "PO");
        CHECK(made.at("MedicationRequest", "/intent", 1 - order) == "filler-order");
        CHECK(made.at("MedicationRequest", "/basedOn/0/reference", 1 - order) == full_url(made, "MedicationRequest", order));
        CHECK(made.at("MedicationRequest", "/dosageInstruction/0/route/coding/0/code", 1 - order) == "PR");
        CHECK(made.at("MedicationRequest", "/dosageInstruction/0/timing/code/coding/0/code", 1 - order) == "BID");
        CHECK(made.at("MedicationRequest", "/dosageInstruction/1", 1 - order).empty());
        for (const std::string after : {"MedicationDispense", "MedicationAdministration"}) {
            const auto refers = after == "MedicationDispense" ? "/authorizingPrescription/1/reference" : "/request/reference";
            CHECK((made.all(after).empty() || made.at(after, refers) == full_url(made, "MedicationRequest", 1 - order)));
        }
    }
}

TEST_CASE("hl7v2 orders: times that hang together with another order's name it", "[hl7v2][orders]")
{
    const converted made(orders("OMP^O09^OMP_O09", "ORC|NW|P1\rTQ1|1||BID\rTQ2|1|S|P0^PAS|||ES|||3\rTQ1|2||QHS\rRXO|A^a^L|1||tab\r"));
    CHECK(made.all("MedicationRequest").size() == 1);
    CHECK(made.at("MedicationRequest", "/extension/0/extension/1/valueIdentifier/value") == "P0");
    CHECK(made.at("MedicationRequest", "/dosageInstruction/1/timing/code/coding/0/code") == "QHS");
}

TEST_CASE("hl7v2 orders: what a store shall supply is no service", "[hl7v2][orders]")
{
    const std::string order = "ORC|NW|P1^PAS\rRQD|1|G7^Gloves^L|9^^GTIN||5|BX^Box^L|||W7^Ward 7|20260112\rRQ1|||CAT1|ACME^Acme^L\r";
    for (const std::string type : {"ORM^O01", "OMS^O05^OMS_O05"}) {
        const converted made(orders(type, order));
        CHECK(made.all("ServiceRequest").empty());
        CHECK(made.at("SupplyRequest", "/status") == "active");
        CHECK(made.at("SupplyRequest", "/itemCodeableConcept/coding/1/code") == "9");
        CHECK(made.at("SupplyRequest", "/quantity/unit") == "Box");
        CHECK(made.at("SupplyRequest", "/occurrenceDateTime") == "2026-01-12");
        CHECK(made.at("SupplyRequest", "/deliverTo/reference") == full_url(made, "Location"));
        CHECK(made.at("SupplyRequest", "/parameter/0/valueCodeableConcept/text") == "CAT1");
        CHECK(made.at("SupplyRequest", "/extension/0/valueReference/reference") == full_url(made, "Patient"));
        CHECK(made.at("SupplyRequest", "/identifier/0/value") == "P1");
    }
}

TEST_CASE("hl7v2 orders: a mixture names what it is made of", "[hl7v2][orders]")
{
    const converted made(orders("OMP^O09^OMP_O09", "ORC|NW|P1\rRXO|M^Infusion^L\rRXC|B|S^Saline^L|1|L\rRXC|A|G^Gentamicin^L|10|mL|40|mg||1|mL\r"));
    CHECK(made.at("Medication", "/ingredient/0/itemCodeableConcept/coding/0/code") == "S");
    CHECK(made.at("Medication", "/ingredient/1/itemCodeableConcept/text") == "Gentamicin 40 mg / 1 mL");
    CHECK(made.at("Medication", "/ingredient/1/strength/numerator/value") == "10");
    CHECK(made.at("Medication", "/ingredient/1/strength/denominator/value") == "1");
    CHECK(made.at("Medication", "/ingredient/1/isActive") == "true");
}

TEST_CASE("hl7v2 orders: a strength has both its parts", "[hl7v2][orders]")
{
    const auto strength = [](const std::map<int, std::string>& fields) { return converted(orders("OMP^O09^OMP_O09", "ORC|NW|P1\r" + segment("RXO", fields))); };
    CHECK(strength({{1, "A^a^L"}, {18, "325"}, {19, "mg"}}).at("Medication", "/ingredient/0/strength/denominator/value") == "1");
    CHECK(strength({{1, "A^a^L"}, {18, "325"}, {25, "5"}, {26, "mL"}}).at("Medication", "/ingredient/0/strength/denominator/value") == "5");
    CHECK(strength({{1, "A^a^L"}, {25, "5"}}).at("Medication", "/ingredient/0/strength/numerator/_value/extension/0/valueCode") == "unknown");
}

TEST_CASE("hl7v2 orders: an answer says what it answers and what it complains of", "[hl7v2][orders]")
{
    const converted made(header("ACK^A01^ACK") + "MSA|AE|C7\rERR||PID^1^3|101^Required field missing^HL70357|E|||no number\r");
    CHECK(made.at("MessageHeader", "/response/code") == "transient-error");
    CHECK(made.at("MessageHeader", "/response/identifier") == "C7");
    CHECK(made.at("MessageHeader", "/response/details/reference") == full_url(made, "OperationOutcome"));
    CHECK(made.at("OperationOutcome", "/issue/0/severity") == "error");
    CHECK(made.at("OperationOutcome", "/issue/0/expression/0") == "PID[1]-3");
    CHECK(made.at("OperationOutcome", "/issue/0/diagnostics") == "no number");
}

TEST_CASE("hl7v2 orders: an answer with a code that is none accepts nothing", "[hl7v2][orders]")
{
    const converted made(header("ACK^A01^ACK") + "MSA|OK|C7\r");
    CHECK(made.at("MessageHeader", "/response/code") == "fatal-error");
    CHECK(made.at("MessageHeader", "/response/_code/extension/0/valueString") == "OK");
}

TEST_CASE("hl7v2 orders: a vaccination needs more than its order", "[hl7v2][orders]")
{
    const converted made(orders("VXU^V04^VXU_V04", "ORC|RE||F1\rRXA|0|1|20260101||08^HepB^CVX|1|||||||||||||||CP\rORC|RE||F2\r"));
    CHECK(made.all("Immunization").size() == 1);
}

TEST_CASE("hl7v2 orders: a referral has who refers and who is referred to", "[hl7v2][orders]")
{
    const converted made(header("REF^I12^REF_I12") + "RF1|A|S|C^Cardiology^L|||R9^GP\rPRD|RP|JONES^ANNE\rPRD|RT|HALL^PETER\r" + patient + "DG1|1||I21.9^Infarction^I10\r");
    CHECK(made.at("ServiceRequest", "/status") == "active");
    CHECK(made.at("ServiceRequest", "/priority") == "stat");
    CHECK(made.at("ServiceRequest", "/requester/reference") == full_url(made, "PractitionerRole", 0));
    CHECK(made.at("ServiceRequest", "/performer/0/reference") == full_url(made, "PractitionerRole", 1));
    CHECK(made.at("ServiceRequest", "/reasonReference/0/reference") == full_url(made, "Condition"));
}

TEST_CASE("hl7v2 orders: a message without a map is made by the maps of its segments", "[hl7v2][orders]")
{
    const converted made(orders("OUL^R21^OUL_R21", "PV1|1|I|W1^R1^B1\rORC|RE|P1|F1\r" + segment("OBR", {{1, "1"}, {2, "P1"}, {3, "F1"}, {4, "A^a^L"}, {22, "202603011000"}, {25, "F"}}) + "OBX|1|NM|B^b^L||7|mg|||||F\rNTE|1||note\r"));
    CHECK(made.all("Encounter").size() == 1);
    CHECK(made.at("DiagnosticReport", "/result/0/reference") == full_url(made, "Observation"));
    CHECK(made.at("DiagnosticReport", "/basedOn/0/reference") == full_url(made, "ServiceRequest"));
    CHECK(made.at("Observation", "/note/0/text") == "note");
    CHECK(made.at("DocumentReference", "/content/0/attachment/contentType") == "application/hl7-v2+er7");
}
