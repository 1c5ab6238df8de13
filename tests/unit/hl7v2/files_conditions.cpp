#include "sample.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace sample;
namespace fs = std::filesystem;

namespace {

/// The Bundle of a person with a number, under a site's own rows.
converted under(const std::string& rows, const std::string& number)
{
    const auto folder = fs::temp_directory_path() / ("tieline-conditions-" + std::to_string(getpid()));
    fs::create_directories(folder);
    std::ofstream(folder / "site.map") << rows;
    converted made(header("ADT^A31^ADT_A05") + "PID|1||" + number + "||DOE^JANE\r", {.overlay = {folder.string()}});
    fs::remove_all(folder);
    return made;
}

}  // namespace

TEST_CASE("hl7v2 maps: a condition asks whether a table has a code", "[hl7v2][maps]")
{
    const std::string rows = "table Site\nX -> x\nsegment PID[Patient]\nPID-3 -> active = \"true\" if PID-3.4 in @Site\n";
    CHECK(under(rows, "1^^^X").at("Patient", "/active") == "true");
    CHECK(under(rows, "1^^^Y").at("Patient", "/active").empty());
}

TEST_CASE("hl7v2 maps: a condition compares with a pattern, # for digits", "[hl7v2][maps]")
{
    const std::string rows = "segment PID[Patient]\nPID-3 -> active = \"true\" if PID-3.1 like \"Q#H\"\n";
    CHECK(under(rows, "Q12H").at("Patient", "/active") == "true");
    for (const std::string other : {"QH", "Q6", "Q6HX", "6H"})
        CHECK(under(rows, other).at("Patient", "/active").empty());
}

TEST_CASE("hl7v2 maps: a condition asks whether a text is a date", "[hl7v2][maps]")
{
    const std::string rows = "segment PID[Patient]\nPID-3 -> active = \"true\" if date(PID-3.2)\n";
    CHECK(under(rows, "1^202601").at("Patient", "/active") == "true");
    CHECK(under(rows, "1^SINGH").at("Patient", "/active").empty());
}

TEST_CASE("hl7v2 maps: a data type map adds an item beside its own, where there is room", "[hl7v2][maps]")
{
    const std::string rows = "datatype CX[Identifier]\nCX.2 -> $[other].value\n";
    const auto made = under(rows, "1^2^^RYJ^MR~3^4");
    CHECK(made.at("Patient", "/identifier/0/value") == "1");
    CHECK(made.at("Patient", "/identifier/1/value") == "2");
    CHECK(made.at("Patient", "/identifier/2/value") == "3");
    CHECK(made.at("Patient", "/identifier/3/value") == "4");
    const auto single = under("datatype CX[Identifier]\nCX.2 -> $[other].value\n"
                              "segment PID[Patient]\nPID-3 -> link.other.identifier : CX[Identifier]\n", "1^2");
    CHECK(single.at("Patient", "/link/0/other/identifier/value") == "1");
    CHECK(single.at("Patient", "/link/1/other/identifier/value").empty());
}
