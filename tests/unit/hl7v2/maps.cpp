#include "sample.hpp"

#include <algorithm>
#include <chrono>
#include <set>

using namespace sample;

namespace {

std::string admission()
{
    return header("ADT^A01^ADT_A01") + "EVN|A01|20260110091500\r" + patient +
           "PD1|||THE SURGERY^^^^^ODS^XX^^^B86032|G1234567^PATEL^ANIL^^^DR^^^GMP\r"
           "NK1|1|O'NEILL^SEAN|SPO^Spouse^HL70063|||^WPN^PH^^44^113^4960999\r" +
           segment("PV1", {{2, "I"}, {3, "W7^B2^3^RYJ"}, {7, "C4567890^SINGH^PRIYA^^^DR^^^GMC"}, {17, "C4567890^SINGH^PRIYA^^^DR^^^GMC"},
                           {19, "V777^^^RYJ^VN"}, {44, "20260110090000"}}) +
           "AL1|1|DA|372687004^Amoxicillin^SCT|SV|Rash\r"
           "DG1|1||I21.9^Acute myocardial infarction^I10||20260110|A\r";
}

std::string results()
{
    return header("ORU^R01^ORU_R01") + patient +
           "ORC|RE|P1^PAS|F1^LAB||CM\r" +
           segment("OBR", {{1, "1"}, {2, "P1^PAS"}, {3, "F1^LAB"}, {4, "26604007^Full blood count^SCT"}, {7, "20260110080000"},
                           {15, "BLD&Blood&HL70070"}, {22, "20260110100000"}, {24, "HM"}, {25, "F"}}) +
           "NTE|1||Fasting sample\r"
           "OBX|1|NM|718-7^Haemoglobin^LN||140|g/L^^UCUM|130-180|N|||F\r"
           "NTE|1||Repeat in a week~or two\r"
           "OBX|2|SN|6690-2^Leucocytes^LN||>^11|10*9/L^^UCUM||H|||P\r"
           "ORC|RE|P2^PAS|F2^LAB||CM\r" +
           segment("OBR", {{1, "2"}, {2, "P2^PAS"}, {3, "F2^LAB"}, {4, "X^Blood film^L"}, {7, "20260110080000"}, {25, "F"}}) +
           "OBX|1|TX|X^Blood film^L||Normal film.~No blasts.||||||F\r";
}

std::string reference_of(const rapidjson::Value& resource) { return "urn:uuid:" + std::string(resource["id"].GetString()); }

}  // namespace

TEST_CASE("hl7v2 maps: an admission becomes a message Bundle with its header first", "[hl7v2][maps]")
{
    const converted made(admission());
    CHECK(made.made.found.empty());
    REQUIRE(made.bundle.IsObject());
    CHECK(std::string(made.bundle["type"].GetString()) == "message");
    CHECK(std::string(made.bundle["timestamp"].GetString()) == "2026-01-10T09:15:30+00:00");
    CHECK(std::string(made.bundle["identifier"]["value"].GetString()) == "C1");
    CHECK(std::string(made.bundle["entry"][0]["resource"]["resourceType"].GetString()) == "MessageHeader");
    CHECK(made.at("MessageHeader", "/eventCoding/code") == "A01");
    CHECK(made.at("MessageHeader", "/focus/0/reference") == reference_of(*made.all("Patient")[0]));
}

TEST_CASE("hl7v2 maps: a patient has names, address, numbers and the NHS number's system", "[hl7v2][maps]")
{
    const converted made(admission());
    REQUIRE(made.all("Patient").size() == 1);
    CHECK(made.at("Patient", "/name/0/family") == "O'NEILL");
    CHECK(made.at("Patient", "/name/0/given/1") == "MARY");
    CHECK(made.at("Patient", "/name/0/use") == "official");
    CHECK(made.at("Patient", "/gender") == "female");
    CHECK(made.at("Patient", "/birthDate") == "1981-02-14");
    CHECK(made.at("Patient", "/address/0/postalCode") == "LS1 4AP");
    CHECK(made.at("Patient", "/telecom/0/value") == "+44 113 4960123");
    CHECK(made.at("Patient", "/maritalStatus/coding/0/code") == "M");
    CHECK(made.at("Patient", "/identifier/0/system") == "urn:id:RYJ");
    CHECK(made.at("Patient", "/identifier/1/system") == "https://fhir.nhs.uk/Id/nhs-number");
    CHECK(made.at("Patient", "/contact/0/name/family") == "O'NEILL");
    CHECK(made.at("Patient", "/contact/0/telecom/0/use") == "work");
}

TEST_CASE("hl7v2 maps: the patient's identifiers are read for routing, NHS by any name", "[hl7v2][maps]")
{
    const auto found = converted(admission()).made.patient;
    REQUIRE(found.size() == 2);
    CHECK(found[0].type == "MR");
    CHECK(found[0].authority == "RYJ");
    CHECK(found[0].value == "4001");
    CHECK(found[1].type == "NHS");
    CHECK(found[1].value == "9434765919");
    for (const std::string written : {"943 476 5919^^^NHS", "9434765919^^^X^HN", "9434765919^^^^NH"}) {
        const auto one = converted(header("ADT^A28^ADT_A05") + "PID|1||" + written + "||DOE^JANE\r").made.patient;
        REQUIRE(one.size() == 1);
        CHECK(one[0].type == "NHS");
        CHECK(one[0].value == "9434765919");
    }
}

TEST_CASE("hl7v2 maps: the same practitioner in two fields is one resource", "[hl7v2][maps]")
{
    const converted made(admission());
    REQUIRE(made.all("Practitioner").size() == 2);  // PV1-7 and PV1-17; PD1-4
    CHECK(made.at("Encounter", "/participant/0/individual/reference") == made.at("Encounter", "/participant/1/individual/reference"));
    std::set<std::string> systems;
    for (std::size_t i = 0; i < 2; i++)
        systems.insert(made.at("Practitioner", "/identifier/0/system", i));
    CHECK(systems == std::set<std::string>{"https://fhir.hl7.org.uk/Id/gmc-number", "https://fhir.hl7.org.uk/Id/gmp-number"});
}

TEST_CASE("hl7v2 maps: an encounter has status, class, place and period", "[hl7v2][maps]")
{
    const converted made(admission());
    REQUIRE(made.all("Encounter").size() == 1);
    CHECK(made.at("Encounter", "/status") == "in-progress");
    CHECK(made.at("Encounter", "/class/code") == "IMP");
    CHECK(made.at("Encounter", "/period/start") == "2026-01-10T09:00:00+00:00");
    CHECK(made.at("Encounter", "/subject/reference") == reference_of(*made.all("Patient")[0]));
    CHECK(made.at("Encounter", "/diagnosis/0/condition/reference") == reference_of(*made.all("Condition")[0]));
    CHECK(made.at("Encounter", "/diagnosis/0/use/coding/0/code") == "AD");
    CHECK(made.at("AllergyIntolerance", "/category/0") == "medication");
    CHECK(made.at("AllergyIntolerance", "/reaction/0/manifestation/0/text") == "Rash");
}

TEST_CASE("hl7v2 maps: a bed is part of its room, the room of its ward, the ward of its site", "[hl7v2][maps]")
{
    const converted made(admission());
    REQUIRE(made.all("Location").size() == 4);
    const auto named = [&](const std::string& name) -> const rapidjson::Value& {
        for (const auto* one : made.all("Location")) {
            if (converted::text(*one, "/name") == name)
                return *one;
        }
        throw std::runtime_error("no location " + name);
    };
    CHECK(made.at("Encounter", "/location/0/location/reference") == reference_of(named("3")));
    CHECK(converted::text(named("3"), "/partOf/reference") == reference_of(named("B2")));
    CHECK(converted::text(named("B2"), "/partOf/reference") == reference_of(named("W7")));
    CHECK(converted::text(named("W7"), "/partOf/reference") == reference_of(named("RYJ")));
}

TEST_CASE("hl7v2 maps: each event gives the encounter its status", "[hl7v2][maps]")
{
    const auto status = [](const std::string& event) {
        return converted(header("ADT^" + event) + patient + "PV1|1|I|W7\r").at("Encounter", "/status");
    };
    CHECK(status("A01") == "in-progress");
    CHECK(status("A02") == "in-progress");
    CHECK(status("A03") == "finished");
    CHECK(status("A05") == "planned");
    CHECK(status("A11") == "cancelled");
    CHECK(status("A13") == "in-progress");
}

TEST_CASE("hl7v2 maps: every trigger of the first mapping makes a Bundle with its patient", "[hl7v2][maps]")
{
    for (const std::string event : {"A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A09", "A10", "A11", "A12", "A13", "A28", "A31"}) {
        const converted made(header("ADT^" + event) + "EVN|" + event + "\r" + patient + "PV1|1|I|W7^B2^3^RYJ\r");
        CHECK(made.all("Patient").size() == 1);
        CHECK(made.all("DocumentReference").size() == 1);
        CHECK(made.made.found.empty());
    }
}

TEST_CASE("hl7v2 maps: a merge links the patient who stays and the one who is retired", "[hl7v2][maps]")
{
    const converted made(header("ADT^A40^ADT_A39") + "EVN|A40\r" + patient + "MRG|3999^^^RYJ^MR\r");
    REQUIRE(made.all("Patient").size() == 2);
    const auto& stays = *made.all("Patient")[0];
    const auto& retired = *made.all("Patient")[1];
    CHECK(converted::text(stays, "/link/0/type") == "replaces");
    CHECK(converted::text(stays, "/link/0/other/reference") == reference_of(retired));
    CHECK(converted::text(retired, "/identifier/0/value") == "3999");
    CHECK(converted::text(retired, "/active") == "false");
    CHECK(converted::text(retired, "/link/0/type") == "replaced-by");
    CHECK(converted::text(retired, "/link/0/other/reference") == reference_of(stays));
}

TEST_CASE("hl7v2 maps: observations and notes belong to the order above them", "[hl7v2][maps]")
{
    const converted made(results());
    CHECK(made.made.found.empty());
    const auto reports = made.all("DiagnosticReport");
    const auto observations = made.all("Observation");
    REQUIRE(reports.size() == 2);
    REQUIRE(observations.size() == 3);
    CHECK((*reports[0])["result"].Size() == 2);
    CHECK((*reports[1])["result"].Size() == 1);
    CHECK(made.at("DiagnosticReport", "/result/0/reference", 1) == reference_of(*observations[2]));
    CHECK(made.at("DiagnosticReport", "/basedOn/0/reference", 1) == reference_of(*made.all("ServiceRequest")[1]));
    CHECK(made.at("ServiceRequest", "/note/0/text") == "Fasting sample");
    CHECK(made.at("Observation", "/note/0/text") == "Repeat in a week\nor two");
    CHECK(made.at("Observation", "/note/0/text", 1).empty());
    CHECK(made.at("DiagnosticReport", "/status") == "final");
    CHECK(made.at("DiagnosticReport", "/specimen/0/reference") == reference_of(*made.all("Specimen")[0]));
    CHECK(made.at("Specimen", "/type/coding/0/code") == "BLD");
}

TEST_CASE("hl7v2 maps: OBX-5 becomes the value that OBX-2 says", "[hl7v2][maps]")
{
    const converted made(results());
    CHECK(made.at("Observation", "/valueQuantity/value") == "140");
    CHECK(made.at("Observation", "/valueQuantity/code") == "g/L");
    CHECK(made.at("Observation", "/interpretation/0/coding/0/code") == "N");
    CHECK(made.at("Observation", "/valueQuantity/comparator", 1) == ">");
    CHECK(made.at("Observation", "/valueQuantity/value", 1) == "11");
    CHECK(made.at("Observation", "/status", 1) == "preliminary");
    CHECK(made.at("Observation", "/valueString", 2) == "Normal film.\nNo blasts.");
    const auto value = [](const std::string& type, const std::string& text, const std::string& pointer) {
        return converted(header("ORU^R01") + patient + "OBR|1||F1^LAB|X^X^L\rOBX|1|" + type + "|Y^Y^L||" + text + "||||||F\r").at("Observation", pointer);
    };
    CHECK(value("CWE", "260385009^Negative^SCT", "/valueCodeableConcept/coding/0/system") == "http://snomed.info/sct");
    CHECK(value("DT", "20260110", "/valueDateTime") == "2026-01-10");
    CHECK(value("TM", "1015", "/valueTime") == "10:15:00");
    CHECK(value("SN", "^1^:^128", "/valueRatio/denominator/value") == "128");
    CHECK(value("SN", "^3^-^5", "/valueRange/high/value") == "5");
    CHECK(value("DR", "20260101^20260102", "/valuePeriod/end") == "2026-01-02");
    CHECK(value("NM", "007.50", "/valueQuantity/value") == "7.500000");
    CHECK(value("NM", "haemolysed", "/valueString") == "haemolysed");
    CHECK(value("CE", "A^One^L~B^Two^L", "/component/1/valueCodeableConcept/coding/0/code") == "B");
}

TEST_CASE("hl7v2 maps: two tests under one order number are two reports", "[hl7v2][maps]")
{
    const converted made(header("ORU^R01") + patient + "OBR|1||F1^LAB|A^A^L|||||||||||||||||||||F\rOBX|1|NM|a^a^L||1||||||F\r"
                                                      "OBR|2||F1^LAB|B^B^L|||||||||||||||||||||F\rOBX|1|NM|b^b^L||2||||||F\r");
    REQUIRE(made.all("DiagnosticReport").size() == 2);
    CHECK(made.at("DiagnosticReport", "/id") != made.at("DiagnosticReport", "/id", 1));
    CHECK(made.at("DiagnosticReport", "/code/coding/0/code", 1) == "B");
}

TEST_CASE("hl7v2 maps: times without a zone get the listener's, summer and winter", "[hl7v2][maps]")
{
    const auto start = [](const std::string& time, const std::string& zone) {
        return converted(header("ADT^A01") + patient + "PV1|1|I|W7" + std::string(41, '|') + time + "\r", {.time_zone = zone}).at("Encounter", "/period/start");
    };
    CHECK(start("20260110091530", "Europe/London") == "2026-01-10T09:15:30+00:00");
    CHECK(start("20260710091530", "Europe/London") == "2026-07-10T09:15:30+01:00");
    CHECK(start("202607100915", "UTC") == "2026-07-10T09:15:00+00:00");
    CHECK(start("20260710091530.1234-0530", "Europe/London") == "2026-07-10T09:15:30.1234-05:30");
    CHECK(start("2026071009+02", "Europe/London") == "2026-07-10T09:00:00+02:00");
    CHECK(start("202607", "Europe/London") == "2026-07");
    CHECK(start("2026", "Europe/London") == "2026");
}

TEST_CASE("hl7v2 maps: the same message gives the same Bundle, and the same patient another message's", "[hl7v2][maps]")
{
    CHECK(converted(admission()).made.bundle == converted(admission()).made.bundle);
    auto later = admission();
    later.replace(later.find("|C1|"), 4, "|C2|");
    const converted first(admission()), second(later);
    CHECK(first.at("Patient", "/id") == second.at("Patient", "/id"));
    CHECK(first.at("Encounter", "/id") == second.at("Encounter", "/id"));
    CHECK(first.at("MessageHeader", "/id") != second.at("MessageHeader", "/id"));
}

TEST_CASE("hl7v2 maps: a patient's id stays when the NHS number comes and goes", "[hl7v2][maps]")
{
    const converted with(header("ADT^A31") + "PID|1||9434765919^^^NHS^NH~4001^^^RYJ^MR||DOE^JANE\r");
    const converted without(header("ADT^A31") + "PID|1||4001^^^RYJ^MR||DOE^JANE\r");
    CHECK(with.at("Patient", "/id") == without.at("Patient", "/id"));
}

TEST_CASE("hl7v2 maps: a type without a map keeps header, patient and the message itself", "[hl7v2][maps]")
{
    const converted made(header("PPR^PC1^PPR_PC1") + patient);
    CHECK(made.all("MessageHeader").size() == 1);
    CHECK(made.all("Patient").size() == 1);
    CHECK(made.at("DocumentReference", "/content/0/attachment/data").starts_with("TVNIfF5+XCZ8"));
    REQUIRE(made.issue_at("MSH-9"));
    CHECK(made.issue_at("MSH-9")->level == model::severity::information);
}

TEST_CASE("hl7v2 maps: what FHIR requires and nobody said is declared absent", "[hl7v2][maps]")
{
    const converted made("MSH|^~\\&||RYJ|||20260110091530||ORU^R01|C1|P|2.5\r" + patient + "OBR|1\rOBX|1|NM|||1\r");
    CHECK(made.at("Observation", "/code/coding/0/code") == "unknown");
    CHECK(made.at("Observation", "/status") == "unknown");
    CHECK(made.at("MessageHeader", "/source/_endpoint/extension/0/valueCode") == "unknown");
}

TEST_CASE("hl7v2 maps: a null value says nothing", "[hl7v2][maps]")
{
    const converted made(header("ADT^A31") + "PID|1||4001^^^RYJ^MR||DOE^JANE||\"\"|F\r");
    CHECK(made.at("Patient", "/birthDate").empty());
    CHECK(made.made.found.empty());
}

TEST_CASE("hl7v2 maps: 20,000 observations take about ten times what 2,000 take", "[hl7v2][maps]")
{
    const auto spent = [](int count) {
        std::string bytes = header("ORU^R01") + patient + "OBR|1||F1^LAB|X^X^L\r";
        for (int i = 0; i < count; i++)
            bytes += "OBX|" + std::to_string(i) + "|NM|718-7^Haemoglobin^LN||140|g/L|130-180|N|||F\r";
        model::issues faults;
        const auto adapter = adapters::hl7v2::make_adapter({}, faults);
        const auto start = std::chrono::steady_clock::now();
        const auto made = adapter->normalise({.bytes = bytes});
        CHECK(made.bundle.size() > bytes.size());
        return std::chrono::steady_clock::now() - start;
    };
    const auto few = std::min(spent(2'000), spent(2'000));
    CHECK(spent(20'000) < few * 40);
}

TEST_CASE("bad input: a message without the patient that it is about makes no Bundle", "[hl7v2][bad-input]")
{
    const converted made(header("ADT^A01^ADT_A01") + "EVN|A01\rPV1|1|I\r");
    CHECK(made.made.bundle.empty());
    REQUIRE(made.issue_at("PID"));
    CHECK(made.issue_at("PID")->level == model::severity::error);
    CHECK(made.issue_at("PID")->v2_code == 100);
}

TEST_CASE("bad input: faulty values become warnings at their place and are kept as text", "[hl7v2][bad-input]")
{
    const converted made(header("ADT^A01") + "PID|1||9434765918^^^NHS^NH||DOE^JANE||19811340|Q\rPV1|1|I\r");
    CHECK_FALSE(model::has_error(made.made.found));
    for (const std::string place : {"PID-3.1", "PID-7", "PID-8"}) {
        INFO(place);
        REQUIRE(made.issue_at(place));
        CHECK(made.issue_at(place)->level == model::severity::warning);
        CHECK(made.issue_at(place)->diagnostics.find("1981") == std::string::npos);
    }
    CHECK(made.at("Patient", "/identifier/0/system").empty());
    CHECK(made.at("Patient", "/_birthDate/extension/0/valueString") == "19811340");
    CHECK(made.at("Patient", "/extension/0/valueString") == "Q");
    CHECK(made.made.patient.at(0).type == "NH");
}

TEST_CASE("bad input: binary garbage, cut messages and every prefix of one are survived", "[hl7v2][bad-input]")
{
    model::issues faults;
    const auto adapter = adapters::hl7v2::make_adapter({}, faults);
    const auto whole = admission() + results().substr(header("ORU^R01^ORU_R01").size());
    for (std::size_t size = 0; size < whole.size(); size += 3)
        adapter->normalise({.bytes = whole.substr(0, size)});
    std::uint32_t seed = 7;
    for (int i = 0; i < 2'000; i++) {
        auto bytes = whole;
        for (int change = 0; change < 20; change++) {
            seed = seed * 1664525U + 1013904223U;
            bytes[4 + seed % (bytes.size() - 4)] = static_cast<char>(seed >> 24);
        }
        const auto made = adapter->normalise({.bytes = bytes});
        rapidjson::Document read;
        read.Parse<rapidjson::kParseValidateEncodingFlag>(made.bundle.c_str());
        INFO("change " << i << " at " << read.GetErrorOffset() << ": " << made.bundle.substr(read.GetErrorOffset() > 40 ? read.GetErrorOffset() - 40 : 0, 60));
        REQUIRE(made.bundle.empty() == model::has_error(made.found));
        REQUIRE((made.bundle.empty() || !read.HasParseError()));
    }
}

TEST_CASE("bad input: fields that repeat and segments that come 100,000 times are survived in time", "[hl7v2][bad-input]")
{
    std::string names = "PID|1||4001^^^RYJ^MR||DOE^JANE||||||||", strange;
    for (int i = 0; i < 100'000; i++) {
        names += "~^PRN^PH^^44^113^" + std::to_string(i);
        strange += {'Z', static_cast<char>('A' + i % 26), static_cast<char>('A' + i / 26 % 26), '\r'};
    }
    std::string diagnoses;
    for (int i = 0; i < 50'000; i++)
        diagnoses += "DG1|1||I21.9^^I10\r";
    const auto start = std::chrono::steady_clock::now();
    const converted made(header("ADT^A01") + names + "\rPV1|1|I\r" + diagnoses + strange);
    REQUIRE(made.all("Patient").size() == 1);
    CHECK((*made.all("Patient")[0])["telecom"].Size() == 9'999);
    CHECK(made.issue_at("PID-13[10001]"));
    CHECK((*made.all("Encounter")[0])["diagnosis"].Size() == 50'000);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
}

TEST_CASE("hl7v2 conversion: HL7 v2.1 names the event in EVN alone, or not at all", "[hl7v2][conversion]")
{
    const converted admitted(header("ADT", "2.1") + "EVN|A01|20260110\r" + patient + "PV1|1|I|W7\r");
    CHECK(admitted.at("Encounter", "/status") == "in-progress");
    CHECK(converted(header("ORU", "2.1") + patient + "OBR|1||L1|FBC\rOBX|1|NM|HB||140\r").all("Observation").size() == 1);
}

TEST_CASE("hl7v2 maps: a message has a header, also when its segment says nothing", "[hl7v2][maps]")
{
    const converted made("MSH|^~\\&||||||||||2.5\r");
    REQUIRE(made.all("MessageHeader").size() == 1);
    CHECK(made.bundle["entry"][0]["resource"]["resourceType"] == "MessageHeader");
}
