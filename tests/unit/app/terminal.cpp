#include "broker/app/commands/terminal.hpp"

#include "broker/app/commands/reach.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using app::style;
using app::table;

TEST_CASE("bad input: what a terminal would obey in a control id is shown as a question mark", "[app]")
{
    CHECK(app::printable("A1\x1B[2J\r\n\x7F") == "A1?[2J???");
    CHECK(app::printable("A\xC2\x9B" "2J") == "A?2J");
    CHECK(app::printable("Zo\xC3\xAB \xC2\xA3") == "Zo\xC3\xAB \xC2\xA3");
}

TEST_CASE("table: columns are as wide as their widest cell, counted in characters", "[app]")
{
    table rows({{"NAME"}, {"COUNT", true}, {"STATE"}});
    rows.add({std::string("caf\xC3\xA9-feed"), std::string("7"), {std::string("up"), style::good}});
    rows.note("last error: none");
    rows.add({std::string("b"), std::string("12,345"), std::string("idle")});
    CHECK(rows.text(false) == "NAME        COUNT  STATE\n"
                              "caf\xC3\xA9-feed       7  up\n"
                              "    last error: none\n"
                              "b          12,345  idle\n");
    CHECK(rows.text(true).find("\033[32mup\033[0m") != std::string::npos);
}

TEST_CASE("numbers and spans are short", "[app]")
{
    CHECK(app::grouped(0) == "0");
    CHECK(app::grouped(999) == "999");
    CHECK(app::grouped(1234567) == "1,234,567");
    CHECK(app::span_text(0.25) == "250 ms");
    CHECK(app::span_text(4.9) == "4 s");
    CHECK(app::span_text(254) == "4 min");
    CHECK(app::span_text(-1) == "0 ms");
}
