#include "sample.hpp"

using namespace sample;

namespace {

const std::string core = "https://fhir.hl7.org.uk/CodeSystem/UKCore-";

std::string person(const std::map<int, std::string>& fields)
{
    std::map<int, std::string> all{{3, "4001^^^RYJ^MR"}, {5, "DOE^JANE"}};
    all.insert(fields.begin(), fields.end());
    return header("ADT^A31") + segment("PID", all);
}

std::string visit(const std::map<int, std::string>& fields)
{
    std::map<int, std::string> all{{2, "I"}};
    all.insert(fields.begin(), fields.end());
    return header("ADT^A03") + patient + segment("PV1", all);
}

/// The codes that a list of codings has for a system, one after the other.
std::string codes(const rapidjson::Value& resource, const std::string& concept_at, const std::string& system)
{
    std::string found;
    for (int i = 0; i < 5; i++) {
        const auto coding = concept_at + "/coding/" + std::to_string(i);
        if (converted::text(resource, coding + "/system") == system)
            found += converted::text(resource, coding + "/code");
    }
    return found;
}

/// Where the extension with this name stands in an element, as a JSON pointer; empty where there is none.
std::string extension(const rapidjson::Value& resource, const std::string& below, const std::string& name)
{
    for (int i = 0; i < 5; i++) {
        const auto at = below + "/extension/" + std::to_string(i);
        if (converted::text(resource, at + "/url") == "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-" + name)
            return at + "/valueCodeableConcept";
    }
    return "";
}

}  // namespace

TEST_CASE("uk: the data dictionary's sexes are read beside HL7's", "[hl7v2][uk]")
{
    const auto sex = [](const std::string& code, bool uk = true) { return converted(person({{8, code}}), {.uk = uk}).at("Patient", "/gender"); };
    CHECK(sex("1") == "male");
    CHECK(sex("2") == "female");
    CHECK(sex("9") == "other");
    CHECK(sex("0") == "unknown");
    CHECK(sex("X") == "unknown");
    CHECK(sex("F") == "female");
    CHECK(sex("1", false).empty());
}

TEST_CASE("uk: marital status has the data dictionary's coding beside the guide's", "[hl7v2][uk]")
{
    const std::string v3 = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus";
    const auto status = [](const std::string& code, const std::string& system, bool uk = true) {
        const converted made(person({{16, code}}), {.uk = uk});
        return codes(*made.all("Patient")[0], "/maritalStatus", system);
    };
    CHECK(status("M", v3) == "M");
    CHECK(status("M", core + "PersonMaritalStatusEngland") == "M");
    CHECK(status("22", core + "PersonMaritalStatusWales") == "22");
    // P and N: separated and not disclosed; to HL7 a partner and an annulled marriage.
    CHECK(status("P", core + "PersonMaritalStatusEngland") == "P");
    CHECK(status("P", v3).empty());
    CHECK(status("P^^HL70002", v3) == "T");
    CHECK(status("P^^HL70002", core + "PersonMaritalStatusEngland").empty());
    CHECK(status("P", v3, false) == "T");
    CHECK(status("M", core + "PersonMaritalStatusEngland", false).empty());
}

TEST_CASE("uk: the ethnic category is UK Core's extension", "[hl7v2][uk]")
{
    const auto category = [](const std::string& code, const std::string& system) {
        const converted made(person({{22, code}}));
        const auto& one = *made.all("Patient")[0];
        return codes(one, extension(one, "", "EthnicCategory"), system);
    };
    CHECK(category("H", core + "EthnicCategoryEngland") == "H");
    CHECK(category("1A", core + "EthnicCategoryScotland") == "1A");
    CHECK(category("H^Hispanic^HL70189", core + "EthnicCategoryEngland").empty());
    CHECK(category("H^Hispanic^HL70189", "http://terminology.hl7.org/CodeSystem/v2-0189") == "H");
}

TEST_CASE("uk: admission and discharge are coded as UK Core codes them", "[hl7v2][uk]")
{
    const converted made(visit({{4, "21"}, {14, "19"}, {36, "1"}, {37, "54"}}));
    const auto& one = *made.all("Encounter")[0];
    CHECK(codes(one, extension(one, "/hospitalization", "AdmissionMethod"), core + "AdmissionMethodEngland") == "21");
    CHECK(codes(one, "/hospitalization/admitSource", core + "SourceOfAdmissionEngland") == "19");
    CHECK(codes(one, extension(one, "", "DischargeMethod"), core + "DischargeMethodEngland") == "1");
    CHECK(codes(one, "/hospitalization/dischargeDisposition", core + "DischargeDestinationEngland") == "54");
    CHECK(converted::text(one, "/hospitalization/dischargeDisposition/coding/1/code").empty());
    CHECK(made.made.found.empty());
}

TEST_CASE("uk: codes of other countries are no UK codes", "[hl7v2][uk]")
{
    const converted made(visit({{4, "E"}, {14, "7"}, {36, "01"}}));
    const auto& one = *made.all("Encounter")[0];
    CHECK(extension(one, "/hospitalization", "AdmissionMethod").empty());
    CHECK(extension(one, "", "DischargeMethod").empty());
    CHECK(converted::text(one, "/hospitalization/admitSource/coding/0/code") == "7");
    CHECK(converted::text(one, "/hospitalization/dischargeDisposition/coding/0/code") == "01");
    CHECK(converted::text(one, "/hospitalization/dischargeDisposition/coding/0/system").empty());
}

TEST_CASE("uk: code systems have the addresses that the NHS uses", "[hl7v2][uk]")
{
    const auto system = [](const std::string& name, bool uk = true) {
        const converted made(header("ADT^A01") + patient + segment("PV1", {{2, "I"}}) + "DG1|1||X1^Something^" + name + "||20260110|A\r", {.uk = uk});
        return made.at("Condition", "/code/coding/0/system");
    };
    CHECK(system("I10") == "http://hl7.org/fhir/sid/icd-10-uk");
    CHECK(system("I10", false) == "http://hl7.org/fhir/sid/icd-10");
    CHECK(system("OPCS4") == "https://fhir.hl7.org.uk/CodeSystem/OPCS-4");
    CHECK(system("DMD") == "https://dmd.nhs.uk");
    CHECK(system("SCT") == "http://snomed.info/sct");
    CHECK(system("READ") == "http://read.info/readv2");
    CHECK(system("CTV3") == "http://read.info/ctv3");
    CHECK(system("Dm+D") == "https://dmd.nhs.uk");
}

TEST_CASE("uk: a patient on a waiting list has an encounter that is planned", "[hl7v2][uk]")
{
    const converted made(header("ADT^A31") + patient + segment("PV1", {{2, "W"}}));
    CHECK(made.at("Encounter", "/class/code") == "PRENC");
    CHECK(made.at("Encounter", "/status") == "planned");
}

TEST_CASE("uk: a field that repeats has no second ethnic category", "[hl7v2][uk]")
{
    const converted made(person({{22, "A~B"}}));
    CHECK(converted::text(*made.all("Patient")[0], "/extension/1/url").empty());
}

TEST_CASE("uk: languages of two letters and of three are the same ones", "[hl7v2][uk]")
{
    for (const std::string code : {"cy", "cym", "wel"})
        CHECK(converted(person({{15, code}})).at("Patient", "/communication/0/language/coding/0/code") == "cy");
}

TEST_CASE("hl7v2 uk: the practice is general practitioner and managing organisation", "[hl7v2][uk]")
{
    const converted made(header("ADT^A28^ADT_A05") + "PID|1||4001^^^RYJ^MR||DOE^JANE\rPD1|||MARYPORT^^A81013|G5612908^Townley^Gregory^^^Dr^^^GMP\r");
    CHECK(made.at("Patient", "/managingOrganization/reference") == made.at("Patient", "/generalPractitioner/0/reference"));
    CHECK(made.at("Patient", "/generalPractitioner/1/reference") == "urn:uuid:" + made.at("Practitioner", "/id"));
}

TEST_CASE("hl7v2 uk: hidden whereabouts are a security label", "[hl7v2][uk]")
{
    const auto stay = [](const std::string& itk) {
        return converted(header("ADT^A01") + "PID|1||4001^^^RYJ^MR||DOE^JANE\rPV1|1|I|W1\r" + itk);
    };
    const auto hidden = stay("ZU1|||||||||||||||||02|Y|0\rZU8|Z|1|No\r"), person = stay("ZU8|Z|1|Yes\r");
    CHECK(hidden.at("Encounter", "/meta/security/0/code") == "R");
    CHECK(hidden.at("Patient", "/meta/security/0/code").empty());
    CHECK(person.at("Patient", "/meta/security/0/code") == "R");
}
