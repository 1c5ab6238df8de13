#include "broker/deliver/mllp/rewrite.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using deliver::mllp::rewrite;

namespace {

std::string set(std::vector<std::pair<std::string, std::string>> fields, std::string message)
{
    model::issues found;
    settings::destination from;
    from.set = std::move(fields);
    const rewrite changes(from, found);
    REQUIRE(found.empty());
    return changes.apply(std::move(message));
}

}  // namespace

TEST_CASE("deliver mllp rewrite: replaces whole fields of MSH and nothing else", "[deliver][mllp]")
{
    CHECK(set({{"MSH-5", "LAB"}, {"MSH-6", "RYJ^X^L"}}, "MSH|^~\\&|A|B|OLD^1~OLD^2|D|20261124||ADT^A01|M1|P|2.5\rPID|1||5|OLD\r") ==
          "MSH|^~\\&|A|B|LAB|RYJ^X^L|20261124||ADT^A01|M1|P|2.5\rPID|1||5|OLD\r");
}

TEST_CASE("deliver mllp rewrite: adds the fields before one that the message does not have", "[deliver][mllp]")
{
    CHECK(set({{"MSH-18", "UNICODE UTF-8"}}, "MSH|^~\\&|A|B|C|D|20261124||ADT^A01|M1|P|2.5\nPID|1\n") ==
          "MSH|^~\\&|A|B|C|D|20261124||ADT^A01|M1|P|2.5||||||UNICODE UTF-8\nPID|1\n");
}

TEST_CASE("deliver mllp rewrite: writes in the message's own encoding characters", "[deliver][mllp]")
{
    CHECK(set({{"MSH-3", "A^B#C"}}, "MSH#*~!&#X#Y\rPID#1\r") == "MSH#*~!&#A*B!F!C#Y\rPID#1\r");
}

TEST_CASE("deliver mllp rewrite: leaves what has no MSH as it is", "[deliver][mllp]")
{
    CHECK(set({{"MSH-5", "LAB"}}, "PID|1\r") == "PID|1\r");
    CHECK(set({{"MSH-5", "LAB"}}, "") == "");
}

TEST_CASE("bad input: `set` of a field that must stay, and of values that would break the segment", "[deliver][mllp]")
{
    for (const auto* name : {"MSH-1", "MSH-2", "MSH-7", "MSH-10", "MSH-26", "MSH-", "MSH-5x", "PID-3", "msh-5"}) {
        model::issues found;
        settings::destination from;
        from.set = {{name, "LAB"}};
        rewrite changes(from, found);
        CHECK(found.size() == 1);
    }
    for (const auto* value : {"A\rPID|1", "A|B", "L\xC3\xA4" "B"}) {
        model::issues found;
        settings::destination from;
        from.set = {{"MSH-5", value}};
        rewrite changes(from, found);
        CHECK(found.size() == 1);
    }
}
