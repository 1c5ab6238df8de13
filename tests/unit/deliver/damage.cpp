#include "broker/deliver/queue.hpp"
#include "tests/unit/deliver/site.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using model::delivery_state;
using tests::eventually;

namespace {

constexpr auto lab = "lab: {scripted: {}}";

/// What the pipeline writes of messages for the lab, and then a row that the disk changed.
void put_with_damage(tests::site& at, std::vector<std::uint64_t> offsets, std::uint64_t damaged)
{
    at.put("lab", offsets);
    store::batch changes;
    for (const auto one : offsets) {
        model::outcome what{.patient_key = "p1"};
        what.decision.destinations.push_back({.destination = "lab", .form = model::content::fhir});
        journal::put_outcome(changes, {one}, what, "p1");
    }
    changes.put(store::family::delivery, deliver::row_key("lab", delivery_state::waiting, {damaged}), "broken");
    REQUIRE_FALSE(at.store().commit(std::move(changes), store::durability::buffered));
}

}  // namespace

TEST_CASE("damage: a row that does not match its checksum is Held and named; those behind it are delivered", "[deliver][damage]")
{
    tests::site at;
    put_with_damage(at, {1, 2, 3, 4, 5}, 3);
    at.start(lab);
    REQUIRE(eventually([&] { return at.of("lab").count() == 4; }));
    CHECK(at.of("lab").offsets() == std::vector<std::uint64_t>{1, 2, 4, 5});
    REQUIRE(eventually([&] { return at.listed("lab", delivery_state::held) == std::vector<std::uint64_t>{3}; }));
    CHECK(at.row("lab").held.get() == 1);
    const auto story = at.story(3);
    CHECK(story[0].what == "Held");
    CHECK(story[0].why.find("does") == std::string::npos);
    CHECK(story[0].why.find("did not match its checksum") != std::string::npos);

    CHECK(at.order(deliver::order::kind::release, "lab", 3).empty());
    CHECK(eventually([&] { return at.of("lab").count() == 5; }));
}

TEST_CASE("damage: what had ended before its row was damaged is not Held again", "[deliver][damage]")
{
    tests::site at;
    put_with_damage(at, {1, 2, 3}, 2);
    store::batch ended;
    journal::put_trace(ended, {2}, {.at = now(), .where = "lab", .what = "Delivered"});
    REQUIRE_FALSE(at.store().commit(std::move(ended), store::durability::buffered));
    at.start(lab);
    REQUIRE(eventually([&] { return at.of("lab").count() == 2; }));
    CHECK(at.listed("lab", delivery_state::held).empty());
}
