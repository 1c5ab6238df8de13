#include "sample.hpp"

#include "adapters/hl7v2/program.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace sample;
namespace fs = std::filesystem;

namespace {

/// A folder with mapping files, gone with the test.
class overlay {
public:
    explicit overlay(const std::string& text)
    {
        path_ = fs::temp_directory_path() / ("tieline-hl7v2-" + std::to_string(getpid()) + "-" + std::to_string(count_++));
        fs::create_directories(path_);
        std::ofstream(path_ / "site.map") << text;
    }
    ~overlay() { fs::remove_all(path_); }
    overlay(const overlay&) = delete;
    overlay& operator=(const overlay&) = delete;

    adapters::options options() const { return {.overlay = {path_.string()}}; }
    model::issues faults() const
    {
        model::issues found;
        CHECK_FALSE(adapters::hl7v2::make_adapter(options(), found));
        return found;
    }

private:
    static inline int count_ = 0;
    fs::path path_;
};

std::string fault_of(const std::string& text)
{
    const auto found = overlay(text).faults();
    REQUIRE(found.size() == 1);
    INFO(model::to_text(found[0]));
    const auto line = found[0].at.substr(found[0].at.rfind('/') + 1);
    return line + " " + found[0].diagnostics;
}

std::string person(const std::string& rest = "") { return header("ADT^A31^ADT_A05") + "PID|1||4001^^^RYJ^MR||DOE^JANE||19810214|F\r" + rest; }

}  // namespace

TEST_CASE("hl7v2 maps: our own files compile without a fault, in a few milliseconds", "[hl7v2][maps]")
{
    model::issues found;
    const auto made = adapters::hl7v2::program::compile({}, found);
    for (const auto& one : found)
        UNSCOPED_INFO(model::to_text(one));
    CHECK(found.empty());
    REQUIRE(made);
    CHECK(made->rows() > 500);
}

TEST_CASE("hl7v2 maps: a site's row takes the place of ours, and new ones are added", "[hl7v2][maps]")
{
    const overlay site("segment PID[Patient]\n"
                       "PID-8 -> gender = \"unknown\"\n"
                       "- PID-7 -> birthDate\n"
                       "PID-10 -> extension[https://example.org/ethnicity].valueString\n");
    const converted made(person(), site.options());
    CHECK(made.at("Patient", "/gender") == "unknown");
    CHECK(made.at("Patient", "/birthDate").empty());
    CHECK(made.at("Patient", "/name/0/family") == "DOE");
}

TEST_CASE("hl7v2 maps: the UK's rules are a layer that can be left out, below a site's", "[hl7v2][maps]")
{
    const auto message = header("ADT^A01") + patient + segment("PV1", {{2, "I"}, {7, "C4567890^SINGH^PRIYA^^^DR^^^GMC"}});
    const auto system = [&](const adapters::options& given) { return converted(message, given).at("Practitioner", "/identifier/0/system"); };
    CHECK(system({}) == "https://fhir.hl7.org.uk/Id/gmc-number");
    CHECK(system({.uk = false}) == "urn:id:GMC");
    const overlay site("table AssigningAuthority\nGMC -> https://example.org/gmc\n");
    CHECK(system(site.options()) == "https://example.org/gmc");
}

TEST_CASE("hl7v2 maps: a site's codes stand beside ours", "[hl7v2][maps]")
{
    const overlay site("table AdministrativeSex\nX -> other\nF -> unknown\n"
                       "table AssigningAuthority\nRYJ -> https://fhir.example.nhs.uk/Id/patient\n");
    CHECK(converted(person(), site.options()).at("Patient", "/gender") == "unknown");
    CHECK(converted(person(), site.options()).at("Patient", "/identifier/0/system") == "https://fhir.example.nhs.uk/Id/patient");
    CHECK(converted(header("ADT^A31") + "PID|1||4001^^^RYJ^MR||DOE^JANE|||M\r", site.options()).at("Patient", "/gender") == "male");
}

TEST_CASE("hl7v2 maps: a site's Z-segment finds its place in the message", "[hl7v2][maps]")
{
    const overlay site("segment ZPI[Patient]\n"
                       "ZPI-1 -> extension[https://example.org/interpreter].valueBoolean\n"
                       "message ADT_A05\n"
                       "PD1 ?\n"
                       "ZPI ?\n"
                       "    -> Patient : ZPI[Patient]\n");
    const converted made(person("ZPI|Y\rPV1|1|N\r"), site.options());
    CHECK(made.at("Patient", "/extension/0/url") == "https://example.org/interpreter");
    CHECK(made.at("Patient", "/extension/0/valueBoolean") == "true");
}

TEST_CASE("hl7v2 maps: a site's map for another message type is used", "[hl7v2][maps]")
{
    const overlay site("message SIU_S12 SIU^S12\n"
                       "MSH\n"
                       "    -> Bundle : MSH[Bundle]\n"
                       "    -> MessageHeader : MSH[MessageHeader]\n"
                       "SCH\n"
                       "    -> Appointment : SCH[Appointment]\n"
                       "segment SCH[Appointment]\n"
                       "SCH -> status = \"booked\"\n"
                       "SCH-1 -> identifier[] : EI[Identifier]\n");
    const converted made(header("SIU^S12") + "SCH|77^PAS\r", site.options());
    CHECK(made.made.found.empty());
    CHECK(made.at("Appointment", "/identifier/0/value") == "77");
    CHECK(made.at("Appointment", "/participant/0/status").empty());
    CHECK(made.at("Appointment", "/participant/0/_status/extension/0/valueCode") == "unknown");
}

TEST_CASE("hl7v2 maps: a fault names file, line and what was expected", "[hl7v2][maps]")
{
    const std::string start = "segment PID[Patient]\n";
    CHECK(fault_of(start + "PID-8 gender\n").starts_with("site.map:2 expected SOURCE -> TARGET"));
    CHECK(fault_of(start + "PID-8 -> sex\n").starts_with("site.map:2 Patient has no element sex, expected one of: identifier, active"));
    CHECK(fault_of(start + "PID-8 -> gender @Sexes\n") == "site.map:2 there is no table Sexes");
    CHECK(fault_of(start + "PID-8 -> gender = \"f\"\n") == "site.map:2 gender takes only one of: male, female, other, unknown");
    CHECK(fault_of(start + "PID-5 -> name[] : XPM[HumanName]\n") == "site.map:2 there is no data type map XPM[HumanName]");
    CHECK(fault_of(start + "PID-5 -> name[] : CX[Identifier]\n") == "site.map:2 CX[Identifier] makes a Identifier, but the target is a HumanName");
    CHECK(fault_of(start + "PID-5 -> name[]\n").starts_with("site.map:2 the target is a HumanName, expected a map for it"));
    CHECK(fault_of(start + "PID-8 -> gender[]\n") == "site.map:2 gender does not repeat, expected no brackets");
    CHECK(fault_of(start + "PID-4 -> managingOrganization(Practitioner) : XCN[Practitioner]\n") ==
          "site.map:2 managingOrganization can't refer to Practitioner, expected one of: Organization");
    CHECK(fault_of(start + "PIDX8 -> gender\n").starts_with("site.map:2 expected a field as PID-1"));
    CHECK(fault_of(start + "PID-8 -> gender if PID-3 = 7\n") == "site.map:2 in the condition: expected a text in quotes or a place to compare with");
    CHECK(fault_of("PID-8 -> gender\n").starts_with("site.map:1 expected segment, datatype, table or message"));
    CHECK(fault_of("message X OUL^R22:OBR\nMSH\n").starts_with("site.map:1 expected an event, or one with what comes first"));
    CHECK(fault_of("message X\nMSH\n    -> Patent : PID[Patient]\n").starts_with("site.map:3 expected a FHIR R4 resource type"));
}

TEST_CASE("hl7v2 maps: an overlay folder that is not there is a fault", "[hl7v2][maps]")
{
    model::issues found;
    CHECK_FALSE(adapters::hl7v2::make_adapter({.overlay = {"/nowhere/maps"}}, found));
    REQUIRE(found.size() == 1);
    CHECK(found[0].at == "/nowhere/maps");
}

TEST_CASE("hl7v2 maps: a time zone that the system does not know is a fault", "[hl7v2][maps]")
{
    model::issues found;
    CHECK_FALSE(adapters::hl7v2::make_adapter({.time_zone = "Europe/Lundon"}, found));
    REQUIRE(found.size() == 1);
    CHECK(found[0].at == "time_zone");
}

TEST_CASE("hl7v2 maps: a character set that nobody knows is a fault", "[hl7v2][maps]")
{
    model::issues found;
    CHECK_FALSE(adapters::hl7v2::make_adapter({.charset = "EBCDIC"}, found));
    REQUIRE(found.size() == 1);
    CHECK(found[0].at == "charset");
}
