#include "sample.hpp"

#include "adapters/hl7v2/compile.hpp"

using namespace sample;
using adapters::hl7v2::program;
using adapters::hl7v2::table;

namespace {

/// A program of one text, in layers: each text lies over the ones before it.
class tables {
public:
    explicit tables(const std::vector<std::string>& texts) : texts_(texts)
    {
        adapters::hl7v2::map_catalog catalog;
        for (std::size_t layer = 0; layer < texts_.size(); layer++)
            adapters::hl7v2::read_map_file("test.map", texts_[layer], layer, catalog, found);
        adapters::hl7v2::compiler(catalog, made_, found).compile();
    }

    const table::entry* find(std::string_view code, std::string_view name = "T") const
    {
        const auto* const of = made_.find_table(name);
        return of ? of->find(code) : nullptr;
    }

    model::issues found{};

private:
    std::vector<std::string> texts_;
    program made_{};
};

std::string fault_of(const std::string& text)
{
    const tables made({text});
    REQUIRE(made.found.size() == 1);
    return made.found[0].at + " " + made.found[0].diagnostics;
}

}  // namespace

TEST_CASE("hl7v2 tables: a code stays as it is or becomes another, with display, system and the guide's rows", "[hl7v2][tables]")
{
    const tables made({"table T http://one ; T|T|*|1\n"
                       "A \"The first\"\n"
                       "B -> b \"The second\" http://two\n"
                       "C D -> c\n"
                       "\"E F\" ; T|T|E|7\n"});
    REQUIRE(made.found.size() == 1);  // a code with a blank needs quotes
    CHECK(made.found[0].at == "test.map:4");
    REQUIRE(made.find("A"));
    CHECK(made.find("A")->to == "A");
    CHECK(made.find("A")->display == "The first");
    CHECK(made.find("A")->system == "http://one");
    CHECK(made.find("A")->ids == "T|T|A|1");
    CHECK(made.find("B")->to == "b");
    CHECK(made.find("B")->system == "http://two");
    CHECK(made.find("E F")->ids == "T|T|E|7");
    CHECK_FALSE(made.find("a"));
    CHECK_FALSE(made.find("Z"));
    CHECK_FALSE(made.find(""));
}

TEST_CASE("hl7v2 tables: patterns stand for numbers and for what follows, the longest first, unless they are in quotes", "[hl7v2][tables]")
{
    const tables made({"table T\nQ#H\nQ1H -> hourly\nHL70* -> v2-0*\nHL7* -> v2-*\nQ#J#\n\"X*\" -> star\n"});
    REQUIRE(made.found.empty());
    CHECK(made.find("Q4H")->to == "Q#H");
    CHECK(made.find("Q12H"));
    CHECK(made.find("Q1H")->to == "hourly");
    CHECK(made.find("Q3J17"));
    CHECK(made.find("HL70005")->to == "v2-0*");
    CHECK(made.find("HL71005")->to == "v2-*");
    CHECK(made.find("X*")->to == "star");
    for (const std::string other : {"QH", "QxH", "Q4", "Q4HH", "4H", "Q3J", "XY", "HL"}) {
        INFO(other);
        CHECK_FALSE(made.find(other));
    }
}

TEST_CASE("hl7v2 tables: the last layer that has a code decides, with a system of its own", "[hl7v2][tables]")
{
    const tables made({"table T http://one\nA -> a\nB -> b\nC -> c\n", "table T http://two\nA -> x\n- B\n", "table T\nA -> y\nD -> d\n"});
    REQUIRE(made.found.empty());
    CHECK(made.find("A")->to == "y");
    CHECK(made.find("A")->system == "http://one");
    CHECK_FALSE(made.find("B"));
    CHECK(made.find("C")->system == "http://one");
    CHECK(made.find("D")->system == "http://one");
}

TEST_CASE("hl7v2 tables: a table may take capital and small letters for the same, over its layers too", "[hl7v2][tables]")
{
    const tables made({"table T in any case ; T|T|*|1\nen \"English\"\nEnglish -> en\ntable U\nen\n", "table T\nENGLISH -> en-GB\n"});
    REQUIRE(made.found.empty());
    CHECK(made.find("EN")->to == "en");
    CHECK(made.find("En")->ids == "T|T|en|1");
    CHECK(made.find("english")->to == "en-GB");
    CHECK_FALSE(made.find("E"));
    CHECK(made.find("en", "U"));
    CHECK_FALSE(made.find("EN", "U"));
}

TEST_CASE("bad input: a line of a table that can't be read, and a code that is there twice, are told with the line", "[hl7v2][tables][bad-input]")
{
    CHECK(fault_of("table T\nA ->\n").starts_with("test.map:2 expected CODE [-> CODE]"));
    CHECK(fault_of("table T\n-> B\n").starts_with("test.map:2 expected CODE [-> CODE]"));
    CHECK(fault_of("table T\nA -> B \"open\n").starts_with("test.map:2 expected CODE [-> CODE]"));
    CHECK(fault_of("table T\nA -> B \"b\" http://x more\n").starts_with("test.map:2 expected CODE [-> CODE]"));
    CHECK(fault_of("table T\nA -> B\n\nA -> C\n") == "test.map:4 the code is in this table already, in line 2");
    CHECK(fault_of("table ; T|T|*|1\n").starts_with("test.map:1 expected a name after table"));
}

TEST_CASE("hl7v2 tables: an unknown code keeps no coding of the table, a known one has it", "[hl7v2][tables]")
{
    const auto marital = [](const std::string& code) {
        return converted(header("ADT^A31") + segment("PID", {{3, "4001^^^RYJ^MR"}, {5, "DOE^JANE"}, {16, code + "^^HL70002"}}), {.uk = false})
            .at("Patient", "/maritalStatus/coding/0/system");
    };
    CHECK(marital("W") == "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus");
    CHECK(marital("Zq7") == "urn:id:HL70002");
}

TEST_CASE("hl7v2 tables: a specimen that is rejected is of no use, and says why", "[hl7v2][tables]")
{
    const converted made(header("OML^O21^OML_O21") + patient + "ORC|NW|P1^PAS\rOBR|1|P1^PAS||X^X^L\r" +
                         segment("SPM", {{1, "1"}, {2, "S1&PAS"}, {4, "BLD"}, {20, "Y"}, {21, "EX"}}));
    CHECK(made.at("Specimen", "/status") == "unsatisfactory");
    CHECK(made.at("Specimen", "/condition/0/coding/0/system") == "http://terminology.hl7.org/CodeSystem/v2-0490");
    CHECK(made.at("Specimen", "/condition/0/coding/0/display") == "Expired");
}

TEST_CASE("hl7v2 tables: what is kept as text stands in one list with the other extensions of its resource", "[hl7v2][tables]")
{
    const converted made(header("ADT^A01") + patient + "PV1|1|I\rAL1|1|MC^Misc^HL70127|X^Y^L\r");
    const auto& one = *made.all("AllergyIntolerance")[0];
    CHECK(converted::text(one, "/extension/0/url") == "http://hl7.org/fhir/StructureDefinition/alternate-codes");
    CHECK(converted::text(one, "/extension/1/valueString") == "MC");
    std::size_t lists = 0;
    for (auto member = one.MemberBegin(); member != one.MemberEnd(); ++member)
        lists += std::string(member->name.GetString()) == "extension";
    CHECK(lists == 1);
}
