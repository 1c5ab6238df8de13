#include "adapters/hl7v2/date.hpp"
#include "adapters/hl7v2/zone.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>
#include <string>

using namespace tieline;
using namespace tieline::adapters::hl7v2;

namespace {

std::string date_time(std::string_view text, const time_zone& zone = {})
{
    arena memory;
    return std::string(to_date_time(text, zone, memory));
}

time_zone named(const std::string& name)
{
    model::issues found;
    auto made = time_zone::load(name, found);
    CHECK(found.empty());
    return made;
}

std::string number(std::uint64_t value, int size)
{
    std::string made;
    for (int i = size - 1; i >= 0; i--)
        made += static_cast<char>(value >> (8 * i));
    return made;
}

/// A slim file as `zic -b slim` makes it: one change, and the rule for all that follows.
std::string slim(const std::string& rule)
{
    const std::string head = "TZif2" + std::string(15, '\0');
    const std::string types = number(0, 4) + '\0' + '\0' + number(3600, 4) + '\1' + '\4';
    return head + std::string(24, '\0') + head + number(0, 4) + number(0, 4) + number(0, 4) + number(1, 4) + number(2, 4) + number(8, 4) +
           number(846'378'000, 8) + '\0' + types + std::string("GMT\0BST\0", 8) + "\n" + rule + "\n";
}

}  // namespace

TEST_CASE("hl7v2 dates: every precision, with zone and without", "[hl7v2][date]")
{
    CHECK(date_time("2026") == "2026");
    CHECK(date_time("202601") == "2026-01");
    CHECK(date_time("20260110") == "2026-01-10");
    CHECK(date_time("2026011009") == "2026-01-10T09:00:00+00:00");
    CHECK(date_time("202601100915") == "2026-01-10T09:15:00+00:00");
    CHECK(date_time("20260110091530") == "2026-01-10T09:15:30+00:00");
    CHECK(date_time("20260110091530.1234") == "2026-01-10T09:15:30.1234+00:00");
    CHECK(date_time("20260110091530.1-0500") == "2026-01-10T09:15:30.1-05:00");
    CHECK(date_time("202601100915+01") == "2026-01-10T09:15:00+01:00");
    CHECK(date_time("202601+0100") == "2026-01");
    CHECK(date_time("202601100915+1400") == "2026-01-10T09:15:00+14:00");
}

TEST_CASE("bad input: what is no date becomes none", "[hl7v2][bad-input]")
{
    for (const auto* text : {"", "26", "20261", "20261301", "20260230", "00000101", "2026011024", "202601100960", "20260110091560", "2026011009153",
                             "20260110091530.", "20260110.5", "202601100915+1", "202601100915+1430", "202601100915+0160", "2026-01-10", "yesterday",
                             "20260110091530.1234567890", "202601100915Z"})
        CHECK(date_time(text).empty());
}

TEST_CASE("hl7v2 dates: summer time goes on after the last year that the zone's file lists", "[hl7v2][date]")
{
    const auto london = named("Europe/London");
    CHECK(date_time("202607011200", london) == "2026-07-01T12:00:00+01:00");
    CHECK(date_time("203801011200", london) == "2038-01-01T12:00:00+00:00");
    CHECK(date_time("205007011200", london) == "2050-07-01T12:00:00+01:00");
    CHECK(date_time("205003270059", london) == "2050-03-27T00:59:00+00:00");
    CHECK(date_time("205003270200", london) == "2050-03-27T02:00:00+01:00");
    CHECK(date_time("205010300130", london) == "2050-10-30T01:30:00+01:00");
    CHECK(date_time("205010300200", london) == "2050-10-30T02:00:00+00:00");
    CHECK(date_time("205001011200", named("Australia/Sydney")) == "2050-01-01T12:00:00+11:00");
    CHECK(date_time("205007011200", named("Europe/Dublin")) == "2050-07-01T12:00:00+01:00");
    CHECK(date_time("205001011200", named("Europe/Dublin")) == "2050-01-01T12:00:00+00:00");
    CHECK(date_time("205001011200", named("Asia/Kathmandu")) == "2050-01-01T12:00:00+05:45");
}

TEST_CASE("hl7v2 dates: a slim zone file means the same as a fat one", "[hl7v2][date]")
{
    const auto fat = named("Europe/London");
    const auto made = time_zone::read(slim("GMT0BST,M3.5.0/1,M10.5.0"));
    REQUIRE(made);
    for (std::int64_t at = 1'000'000'000; at < 4'000'000'000; at += 1'799'999)
        REQUIRE(made->offset_at(at) == fat.offset_at(at));
    CHECK(time_zone::read(slim("<+03>-3"))->offset_at(2'000'000'000) == 3 * 3600);
    CHECK(time_zone::read(slim("EST5EDT,J60/2:30,J300"))->offset_at(1'709'200'000) == -5 * 3600);  // 29 February 2024
    CHECK(time_zone::read(slim("IST-2IDT,M3.4.4/26,M10.5.0"))->offset_at(1'711'682'000) == 3 * 3600);
}

TEST_CASE("bad input: a zone file that is broken is refused, a rule that is broken is left out", "[hl7v2][bad-input]")
{
    CHECK_FALSE(time_zone::read(""));
    CHECK_FALSE(time_zone::read("TZif2" + std::string(100, '\0')));
    CHECK_FALSE(time_zone::read(slim("GMT0").substr(0, 100)));
    CHECK_FALSE(time_zone::read(slim("GMT0").replace(88, 8, number(std::numeric_limits<std::int64_t>::max(), 8))));
    CHECK_FALSE(time_zone::read(slim("GMT0").replace(97, 4, number(1'547'908'164, 4))));
    for (const auto* rule : {"", "GMT", "GMT0BST", "GMT0BST,M13.5.0,M10.5.0", "GMT0BST,M3.5.0/1", "<+03", "GMT999", "GMT0BST,M3.5.0/1,M10.5.0x"}) {
        const auto made = time_zone::read(slim(rule));
        REQUIRE(made);
        CHECK(made->offset_at(2'000'000'000) == 0);
    }
}
