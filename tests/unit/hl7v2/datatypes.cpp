#include "sample.hpp"

#include <filesystem>
#include <fstream>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

using namespace sample;
namespace fs = std::filesystem;

namespace {

/// A message with one value, `ZDT-1`, which a site's segment gives to a data type map.
converted given(const std::string& row, const std::string& value, const std::string& resource = "Basic")
{
    const auto folder = fs::temp_directory_path() / ("tieline-datatypes-" + std::to_string(getpid()));
    fs::create_directories(folder);
    std::ofstream(folder / "site.map") << "message ZDT_Z01 ZDT^Z01\nMSH\n    -> Bundle : MSH[Bundle]\n    -> MessageHeader : MSH[MessageHeader]\n"
                                       << "ZDT\n    -> " << resource << " : ZDT[" << resource << "]\nsegment ZDT[" << resource << "]\nZDT-1 -> " << row << "\n";
    converted made(header("ZDT^Z01") + "ZDT|" + value + "\r", {.time_zone = "Europe/London", .overlay = {folder.string()}});
    fs::remove_all(folder);
    return made;
}

/// What a data type map makes of a value, as JSON.
std::string as(const std::string& element, const std::string& map, const std::string& value)
{
    const auto made = given("extension[https://example.org/x]." + element + " : " + map, value);
    const auto all = made.all("Basic");
    const auto* const found = all.empty() ? nullptr : rapidjson::Pointer(("/extension/0/" + element).c_str()).Get(*all[0]);
    if (!found)
        return "";
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> writer(text);
    found->Accept(writer);
    return text.GetString();
}

}  // namespace

TEST_CASE("hl7v2 types: a coded value has the table's coding and the sender's beside it", "[hl7v2][types]")
{
    const auto coded = [](const std::string& value) { return as("valueCodeableConcept", "CWE[CodeableConcept] @MaritalStatus", value); };
    CHECK(coded("M") == R"({"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M","display":"Married"}]})");
    CHECK(coded("M^Wed^L").find(R"({"code":"M","display":"Wed","system":"urn:id:L"})") != std::string::npos);
    CHECK(coded("Q^Quite") == R"({"coding":[{"code":"Q","display":"Quite"}]})");
    CHECK(coded("^Said") == R"({"text":"Said"})");
    CHECK(coded("M^Wed").find(R"("text":"Wed")") != std::string::npos);
}

TEST_CASE("hl7v2 types: all three codings of a CWE are kept", "[hl7v2][types]")
{
    CHECK(as("valueCodeableConcept", "CWE[CodeableConcept]", "1^a^LN^2^b^SCT^v1^v2^text^3^c^L^v3") ==
          R"({"coding":[{"code":"1","display":"a","system":"http://loinc.org","version":"v1"},)"
          R"({"code":"2","display":"b","system":"http://snomed.info/sct","version":"v2"},)"
          R"({"code":"3","display":"c","system":"urn:id:L","version":"v3"}],"text":"text"})");
}

TEST_CASE("hl7v2 types: an identifier has a system where the authority is known, else it and the organisation", "[hl7v2][types]")
{
    const auto known = given("identifier[] : CX[Identifier]", "77^^^GMC");
    CHECK(known.at("Basic", "/identifier/0/system") == "https://fhir.hl7.org.uk/Id/gmc-number");
    CHECK(known.at("Basic", "/identifier/0/assigner/reference").empty());
    const auto other = given("identifier[] : CX[Identifier]", "77^3^M10^LAB&1.2.3&ISO^MR^^20200101^20210101");
    CHECK(other.at("Basic", "/identifier/0/system") == "urn:id:LAB");
    CHECK(other.at("Basic", "/identifier/0/period/end") == "2021-01-01");
    CHECK(other.at("Basic", "/identifier/0/extension/0/valueString") == "3");
    CHECK(other.at("Basic", "/identifier/0/extension/1/valueString") == "M10");
    CHECK(other.at("Basic", "/identifier/0/assigner/reference").starts_with("urn:uuid:"));
    REQUIRE(other.all("Organization").size() == 2);  // and the message's sender
}

TEST_CASE("hl7v2 types: a number that is called an NHS number is one only when its check digit is right", "[hl7v2][types]")
{
    const auto nhs = [](const std::string& value) { return given("identifier[] : CX[Identifier]", value); };
    for (const std::string right : {"9434765919^^^NHS^NH", "943 476 5919^^^NHS", "9434765919^^^^HN"}) {
        const auto made = nhs(right);
        CHECK(made.at("Basic", "/identifier/0/system") == "https://fhir.nhs.uk/Id/nhs-number");
        CHECK(made.at("Basic", "/identifier/0/value") == "9434765919");
        CHECK(made.made.found.empty());
    }
    for (const std::string wrong : {"9434765918^^^NHS^NH", "943^^^NHS"}) {
        const auto made = nhs(wrong);
        CHECK(made.at("Basic", "/identifier/0/system").empty());
        CHECK_FALSE(made.at("Basic", "/identifier/0/value").empty());
        REQUIRE(made.made.found.size() == 1);
        CHECK(made.made.found[0].at == "ZDT-1.1");
    }
    CHECK(nhs("9434765919^^^RYJ^MR").at("Basic", "/identifier/0/system") == "urn:id:RYJ");
}

TEST_CASE("hl7v2 types: NHS numbers for tests are none in live mode", "[hl7v2][types]")
{
    const auto live = [](char mode) {
        auto message = header("ADT^A31^ADT_A05") + "PID|1||9999999999^^^NHS^NH||DOE^JANE\r";
        message.replace(message.find("|P|"), 3, std::string("|") + mode + "|");
        return converted(message);
    };
    CHECK(live('T').at("Patient", "/identifier/0/system") == "https://fhir.nhs.uk/Id/nhs-number");
    CHECK(live('T').made.found.empty());
    CHECK(live('P').at("Patient", "/identifier/0/system").empty());
    CHECK(live('P').at("Patient", "/identifier/0/value") == "9999999999");
    CHECK(live('P').issue_at("PID-3.1"));
    REQUIRE(live('P').made.patient.size() == 1);
    CHECK(live('P').made.patient[0].type == "NH");
    CHECK(live('T').made.patient[0].type == "NHS");
}

TEST_CASE("hl7v2 types: how far an NHS number was verified is said when the sender says it, and only then", "[hl7v2][types]")
{
    const auto status = [](const std::string& numbers, const std::string& written) {
        const converted made(header("ADT^A31^ADT_A05") + segment("PID", {{3, numbers}, {5, "DOE^JANE"}, {32, written}}));
        std::string all;
        for (const std::string which : {"0", "1"})
            all += made.at("Patient", "/identifier/" + which + "/extension/0/valueCodeableConcept/coding/0/code") + ";";
        return all;
    };
    for (const std::string written : {"NSTS01", "01", "1", "01 "})
        CHECK(status("4001^^^RYJ^MR~9434765919^^^NHS^NH", written) == ";01;");
    CHECK(status("9434765919^^^NHS^NH", "NSTS03") == "03;;");
    CHECK(status("9434765919^^^NHS^NH", "") == ";;");
    CHECK(status("9434765919^^^NHS^NH", "US") == ";;");
    CHECK(status("9434765918^^^NHS^NH", "01") == ";;");
    CHECK(status("9999999999^^^NHS^NH", "01") == ";;");
}

TEST_CASE("hl7v2 types: a name has the parts of its surname, its order, and a nickname of its own", "[hl7v2][types]")
{
    const auto made = given("name[] : XPN[HumanName]", "VAN BERG&VAN&BERG&DE&SMIT^JAN^^^^^L^^^^F^20200101^^^Jenny", "Patient");
    CHECK(made.at("Patient", "/name/0/family") == "VAN BERG");
    CHECK(made.at("Patient", "/name/0/_family/extension/3/valueString") == "SMIT");
    CHECK(made.at("Patient", "/name/0/extension/0/valueCode") == "F");
    CHECK(made.at("Patient", "/name/0/period/start") == "2020-01-01");
    CHECK(made.at("Patient", "/name/1/given/0") == "Jenny");
    CHECK(made.at("Patient", "/name/1/use") == "nickname");
    CHECK(as("valueHumanName", "XPN[HumanName]", "DOE^JAN^^^^^^^^^^^^^Jenny").find("Jenny") == std::string::npos);
    CHECK(as("valueString", "XPN[string]", "DOE^JANE^M^^DR") == R"("DR JANE M DOE")");
    CHECK(as("valueString", "XPN[string]", "DOE^JANE^M^^DR^^^^^^F") == R"("DR DOE M JANE")");
}

TEST_CASE("hl7v2 types: an address of a kind that FHIR has no word for keeps its code", "[hl7v2][types]")
{
    CHECK(as("valueAddress", "XAD[Address]", "1 Road^^LEEDS^^^^H") == R"({"line":["1 Road"],"city":"LEEDS","use":"home"})");
    CHECK(as("valueAddress", "XAD[Address]", "^^LEEDS^^^^HV").find(R"("valueCode":"HV")") != std::string::npos);
    CHECK(as("valueAddress", "XAD[Address]", "^^LEEDS^^^^RH").find(R"({"code":"RH","system":"http://terminology.hl7.org/CodeSystem/v2-0190"})") != std::string::npos);
}

TEST_CASE("hl7v2 types: a telephone number in its parts, whole, or old", "[hl7v2][types]")
{
    CHECK(as("valueContactPoint", "XTN[ContactPoint]", "0113 4960123^PRN^PH") == R"({"system":"phone","value":"0113 4960123","use":"home"})");
    CHECK(as("valueContactPoint", "XTN[ContactPoint]", "^NET^Internet^a@example.org") == R"({"system":"email","value":"a@example.org"})");
    CHECK(as("valueContactPoint", "XTN[ContactPoint]", "^PRN^PH^^44^113^4960123^12").find(R"("value":"+44 113 4960123 X12")") != std::string::npos);
    CHECK(as("valueContactPoint", "XTN[ContactPoint]", "^PRN^PH^^^^^^^^^0113 496").find(R"("value":"0113 496")") != std::string::npos);
}

TEST_CASE("hl7v2 types: a timing of a pattern, times of the day, and event", "[hl7v2][types]")
{
    CHECK(as("valueTiming", "RI[Timing]", "Q6H^0800,1400").find(R"("repeat":{"frequency":1,"period":6,"periodUnit":"h","timeOfDay":["08:00:00","14:00:00"]})") != std::string::npos);
    CHECK(as("valueTiming", "RPT[Timing]", "^DW^1^3^2^d") == R"({"repeat":{"dayOfWeek":["mon","wed"],"period":2,"periodUnit":"d"}})");
    CHECK(as("valueTiming", "RPT[Timing]", "^^^^^^^ACM^1.5^h").find(R"("offset":90)") != std::string::npos);
    CHECK(as("valueTiming", "RPT[Timing]", "^^^^2").empty());
    CHECK(as("valueDuration", "ST[Duration]", "D5") == R"({"value":5,"system":"http://unitsofmeasure.org","code":"d","unit":"days"})");
    CHECK(as("valueDuration", "ST[Duration]", "INDEF").empty());
    CHECK(as("valueUnsignedInt", "CQ[unsignedInt]", "2^h") == "120");
    CHECK(as("valueUnsignedInt", "CQ[unsignedInt]", "2^fortnight").empty());
}

TEST_CASE("hl7v2 types: numbers with comparator, ranges, ratios and arrays", "[hl7v2][types]")
{
    CHECK(as("valueQuantity", "SN[Quantity]", ">^11") == R"({"comparator":">","value":11})");
    CHECK(as("valueRange", "SN[Range]", "^1^-^9").find(R"("valueString":"1 - 9")") != std::string::npos);
    CHECK(as("valueRatio", "SN[Ratio]", "^1^:^128").find(R"("denominator":{"value":128})") != std::string::npos);
    CHECK(as("valueQuantity", "CQ[Quantity]", "7^mg&milligram&UCUM").find(R"("code":"mg")") != std::string::npos);
    CHECK(as("valueSampledData", "NA[SampledData]", "125^34^^-2") ==
          R"({"origin":{"value":0},"dimensions":1,"data":"125 34 E -2","_period":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}})");
    CHECK(as("valueSampledData", "NA[SampledData]", "1^2~3^4").find(R"("dimensions":2,"data":"1 2 3 4")") != std::string::npos);
}

TEST_CASE("hl7v2 types: documents in text, base64 and hexadecimal, and where they lie", "[hl7v2][types]")
{
    CHECK(as("valueAttachment", "ED[Attachment]", "^AP^PDF^Base64^VG9rNw==") == R"({"contentType":"application/pdf","data":"VG9rNw=="})");
    CHECK(as("valueAttachment", "ED[Attachment]", "^TEXT^plain^A^Tok7") == R"({"contentType":"text/plain","data":"VG9rNw=="})");
    CHECK(as("valueAttachment", "ED[Attachment]", "^TEXT^plain^Hex^546F 6B37") == R"({"contentType":"text/plain","data":"VG9rNw=="})");
    CHECK(as("valueAttachment", "ED[Attachment]", "^AP^odd^Hex^5").find("data") == std::string::npos);
    CHECK(as("valueAttachment", "RP[Attachment]", "http://a/b^^image^png") == R"({"url":"http://a/b","contentType":"image/png"})");
    const auto document = given("$ : ED[DocumentReference]", "^AP^PDF^Base64^VG9rNw==", "DocumentReference");
    CHECK(document.at("DocumentReference", "/status") == "current");
    CHECK(document.at("DocumentReference", "/content/0/attachment/contentType") == "application/pdf");
}

TEST_CASE("hl7v2 types: a practitioner in a role, and one named with date and place", "[hl7v2][types]")
{
    const auto role = given("$ : XCN[PractitionerRole]", "G1^PATEL^ANIL^^^DR^MD^^GMP", "PractitionerRole");
    CHECK(role.at("PractitionerRole", "/practitioner/reference").starts_with("urn:uuid:"));
    CHECK(role.at("Practitioner", "/identifier/0/system") == "https://fhir.hl7.org.uk/Id/gmp-number");
    CHECK(role.at("Practitioner", "/qualification/0/code/coding/0/code") == "MD");
    const auto dated = given("$ : NDL[PractitionerRole]", "C1&SINGH&PRIYA^20260101^20260102^W7^R1^B1^RYJ", "PractitionerRole");
    CHECK(dated.at("PractitionerRole", "/period/start") == "2026-01-01");
    CHECK(dated.at("Practitioner", "/name/0/family") == "SINGH");
    REQUIRE(dated.all("Location").size() == 4);
    CHECK(dated.all("PractitionerRole")[0]->FindMember("location")->value.Size() == 1);
    const auto flat = given("$ : NDL[PractitionerRole]", "C1^SINGH^PRIYA^^^DR", "PractitionerRole");
    CHECK(flat.at("Practitioner", "/name/0/family") == "SINGH");
    CHECK(flat.at("Practitioner", "/name/0/given/0") == "PRIYA");
    CHECK(flat.all("Location").empty());
    CHECK(flat.made.found.empty());
}

TEST_CASE("hl7v2 types: a code that is a number becomes an identifier for each of its codings", "[hl7v2][types]")
{
    const auto made = given("identifier[] : CWE[Identifier]", "A^Plan^L^B^Other plan^L");
    CHECK(made.at("Basic", "/identifier/0/value") == "A");
    CHECK(made.at("Basic", "/identifier/0/type/text") == "Plan");
    CHECK(made.at("Basic", "/identifier/1/value") == "B");
    CHECK(made.at("Basic", "/identifier/2/value").empty());
}

TEST_CASE("hl7v2 types: a sub-identifier keeps its parts", "[hl7v2][types]")
{
    const auto made = given("extension[https://example.org/sub] : OG[Extension-Subidentifier]", "1.2.3^1^2^3");
    CHECK(made.at("Basic", "/extension/0/extension/0/url") == "original-sub-identifier");
    CHECK(made.at("Basic", "/extension/0/extension/0/valueString") == "1.2.3");
    CHECK(made.at("Basic", "/extension/0/extension/2/valueDecimal") == "2");
}

TEST_CASE("hl7v2 types: what is said of a place is said of the innermost", "[hl7v2][types]")
{
    const auto described = [](const std::string& value) {
        const auto made = given("location : PL[Location]", value, "Immunization");
        for (const auto* one : made.all("Location")) {
            if (one->HasMember("description"))
                return converted::text(*one, "/name") + " " + converted::text(*one, "/identifier/1/value");
        }
        return std::string();
    };
    CHECK(described("W7^B2^3^RYJ^^^^^By the window^P1^LAB") == "3 P1");
    CHECK(described("W7^^^RYJ^^^^^By the window^P1^LAB") == "W7 P1");
    CHECK(described("^^^RYJ^^^^^By the window^P1^LAB") == "RYJ P1");
    const auto kind = given("location : PL[Location]", "W7^^^^A^N", "Immunization");
    CHECK(kind.at("Location", "/operationalStatus/code") == "A");
    CHECK(kind.at("Location", "/type/0/coding/0/system") == "http://terminology.hl7.org/CodeSystem/v2-0305");
}

TEST_CASE("hl7v2 types: a facility is the site that a place names", "[hl7v2][types]")
{
    const converted made(header("ADT^A01^ADT_A01") + "EVN|A01|20260110091500|||||RYJ\r" + patient + "PV1|1|I|W7^^^RYJ\r");
    REQUIRE(made.all("Location").size() == 2);
}

TEST_CASE("hl7v2 types: an organisation that is only named is the one that a namespace names", "[hl7v2][types]")
{
    const converted made(header("ADT^A31^ADT_A05") + "PID|1||4001^^^RYJ^MR||DOE^JANE\rPD1|||RYJ\r");
    CHECK(made.all("Organization").size() == 1);
    CHECK(made.at("Organization", "/identifier/0/value") == "RYJ");
}
