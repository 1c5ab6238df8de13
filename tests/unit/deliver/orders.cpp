#include "tests/unit/deliver/site.hpp"

#include <catch2/catch.hpp>

#include <future>

using namespace tieline;
using namespace std::chrono_literals;
using tests::eventually;
using tests::site;
using deliver::attempt;
using deliver::parcel;
using model::delivery_state;
using kind = deliver::order::kind;
using offsets = std::vector<std::uint64_t>;

namespace {

constexpr auto lab = "lab: {scripted: {}, retry: {first: 20ms, most: 40ms}}";

attempt wrong(const parcel&) { return {.what = attempt::verdict::hold, .answer = "AE 204", .reason = "wrong"}; }

/// A site whose destination has messages 1 and 2 held.
struct with_held : site {
    with_held()
    {
        start(lab);
        of("lab").answer(wrong);
        put("lab", {1, 2});
        REQUIRE(eventually([&] { return row("lab").held.get() == 2; }));
        of("lab").answer({});
    }
};

}  // namespace

TEST_CASE("deliver orders: a released message is sent and its story says who and why", "[deliver]")
{
    with_held at;
    CHECK(at.order(kind::release, "lab", 1).empty());
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 1; }));
    CHECK(at.row("lab").held.get() == 1);
    const auto story = at.story(1, 3);
    CHECK(story[0].what == "Held");
    CHECK(story[1].what == "released");
    CHECK(story[1].who == "uid 1000");
    CHECK(story[1].why == "as agreed");
    CHECK(story[2].what == "Delivered");
    CHECK(story[2].tries == 2);
    CHECK(at.order(kind::release, "lab", 1) == "there is no unfinished delivery of it at lab");
}

TEST_CASE("deliver orders: released messages go in their places", "[deliver]")
{
    with_held at;
    at.dispatcher().pause("lab", "to look", "uid 1000");
    at.put("lab", {3});
    CHECK(at.order(kind::release, "lab", 2).empty());
    CHECK(at.order(kind::release, "lab", 1).empty());
    CHECK(at.order(kind::release, "lab", 1) == "it is waiting at lab already");
    CHECK(at.row("lab").backlog.get() == 3);
    at.dispatcher().resume("lab", "looked", "uid 1000");
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 3; }));
    CHECK(at.of("lab").offsets() == offsets{1, 2, 1, 2, 3});
}

TEST_CASE("deliver orders: skip ends a held message and a waiting one", "[deliver]")
{
    with_held at;
    at.dispatcher().pause("lab", "to look", "uid 1000");
    at.put("lab", {3, 4});
    CHECK(at.order(kind::skip, "lab", 1).empty());
    CHECK(at.order(kind::skip, "lab", 3).empty());
    CHECK(at.listed("lab", delivery_state::held) == offsets{2});
    CHECK(at.listed("lab", delivery_state::waiting) == offsets{4});
    CHECK(at.story(3).back().what == "Skipped");
    CHECK(at.row("lab").skipped.get() == 2);
    CHECK(at.row("lab").held.get() == 1);
    CHECK(at.row("lab").backlog.get() == 1);
    at.dispatcher().resume("lab", "looked", "uid 1000");
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 1; }));
    CHECK(at.of("lab").offsets() == offsets{1, 2, 4});
}

TEST_CASE("deliver orders: hold takes a waiting message out of the way", "[deliver]")
{
    site at;
    at.start(lab);
    at.dispatcher().pause("lab", "to look", "uid 1000");
    at.put("lab", {1, 2});
    REQUIRE(eventually([&] { return at.row("lab").backlog.get() == 2; }));
    CHECK(at.order(kind::hold, "lab", 1).empty());
    CHECK(at.order(kind::hold, "lab", 1) == "it is held at lab already");
    CHECK(at.listed("lab", delivery_state::held) == offsets{1});
    CHECK(at.story(1).back().what == "held");
    at.dispatcher().resume("lab", "looked", "uid 1000");
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 1; }));
    CHECK(at.of("lab").offsets() == offsets{2});
}

TEST_CASE("deliver orders: hold of a message that is being sent waits for what comes of the try", "[deliver]")
{
    site at;
    at.start(lab);
    at.of("lab").takes = 150ms;
    at.of("lab").answer([](const parcel& one) {
        return one.at.value == 1 ? attempt{.reason = "no answer in time"} : attempt{.what = attempt::verdict::delivered, .answer = "AA"};
    });
    at.put("lab", {1, 2});
    REQUIRE(eventually([&] { return at.of("lab").count() == 1; }));
    CHECK(at.order(kind::hold, "lab", 1).empty());
    CHECK(at.listed("lab", delivery_state::held) == offsets{1});
    REQUIRE(eventually([&] { return at.of("lab").count() == 2; }));
    CHECK(at.order(kind::skip, "lab", 2) == "it was being sent when you asked; now there is no unfinished delivery of it at lab");
    CHECK(at.row("lab").delivered.get() == 1);
}

TEST_CASE("deliver orders: hold and release of messages far behind the window", "[deliver]")
{
    site at;
    at.start("lab: {discard: {}}");
    at.dispatcher().pause("lab", "to look", "uid 1000");
    offsets many;
    for (std::uint64_t i = 1; i <= 5'000; i++)
        many.push_back(i);
    at.put("lab", many);
    REQUIRE(eventually([&] { return at.row("lab").backlog.get() == 5'000; }));
    CHECK(at.order(kind::hold, "lab", 4'900).empty());
    CHECK(at.order(kind::skip, "lab", 4'901).empty());
    CHECK(at.row("lab").backlog.get() == 4'998);
    CHECK(at.order(kind::release, "lab", 4'900).empty());
    CHECK(at.row("lab").backlog.get() == 4'999);
    at.dispatcher().resume("lab", "looked", "uid 1000");
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 4'999; }));
    CHECK(at.row("lab").backlog.get() == 0);
    REQUIRE(eventually([&] { return at.listed("lab", delivery_state::waiting).empty(); }));
}

TEST_CASE("deliver orders: a message held before the bus is handed back to the pipeline, or skipped", "[deliver]")
{
    site at;
    at.start(lab);
    const std::string place(deliver::before_the_bus);
    at.put_rows({{.destination = place, .at = {1}, .what = {.state = delivery_state::held}},
                 {.destination = place, .at = {2}, .what = {.state = delivery_state::held}}}, false);
    CHECK(at.order(kind::release, place, 1).empty());
    CHECK(at.released_messages == offsets{1});
    CHECK(at.story(1).back().what == "released");
    CHECK(at.story(1).back().where.empty());
    CHECK(at.order(kind::skip, place, 2).empty());
    CHECK(at.story(2).back().what == "Skipped");
    CHECK(at.listed(place, delivery_state::held) == offsets{1});  // until the pipeline publishes it

    store::batch published;
    deliver::erase_held_before_bus(published, {1});
    REQUIRE_FALSE(at.store().commit(std::move(published), store::durability::buffered));
    CHECK(at.listed(place, delivery_state::held).empty());
    CHECK_FALSE(at.order(kind::release, place, 1).empty());
    CHECK(at.released_messages.size() == 1);
}

TEST_CASE("deliver orders: messages of a destination that is gone can be skipped, not released", "[deliver]")
{
    with_held at;
    at.stop();
    at.start("gp: {scripted: {}}");
    CHECK(at.order(kind::release, "lab", 1) == "there is no destination lab in the configuration");
    CHECK(at.order(kind::skip, "lab", 1).empty());
    CHECK(at.listed("lab", delivery_state::held) == offsets{2});
}

TEST_CASE("deliver reload: new destinations begin, removed ones end, the others go on", "[deliver]")
{
    site at;
    at.start("lab: {scripted: {}}\n  gp: {scripted: {}}");
    at.put("lab", {1});
    at.put("gp", {1});
    at.put("new", {1});
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() + at.row("gp").delivered.get() == 2; }));
    model::issues found;
    at.dispatcher().prepare(at.read("lab: {discard: {}}\n  new: {scripted: {}}"), found)();
    CHECK(found.empty());
    REQUIRE(eventually([&] { return at.row("new").delivered.get() == 1; }));
    at.put("lab", {2});
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 2; }));
    CHECK(at.of("lab").count() == 1);
    CHECK(at.row("lab").address.get() == "nowhere");
    at.put("gp", {2});
    CHECK(eventually([&] { return at.listed("gp", delivery_state::waiting) == offsets{2}; }));  // what ended is written down a little later
    CHECK(at.of("gp").count() == 1);
}

TEST_CASE("deliver reload: what is under way at an unchanged destination is not cut, and its pace and pause stay", "[deliver]")
{
    site at;
    at.start("lab: {scripted: {}, retry: {first: 1h, most: 2h}}\n  gp: {scripted: {}}");
    at.of("lab").answer([](const parcel&) { return attempt{.reason = "connection refused", .destination_down = true}; });
    at.dispatcher().pause("gp", "to look", "uid 1000");
    at.put("lab", {1});
    REQUIRE(eventually([&] { return at.row("lab").state.get() == "retrying"; }));
    const auto next_try = at.row("lab").next_try.get();
    model::issues found;
    at.dispatcher().prepare(at.read("lab: {scripted: {}, retry: {first: 1h, most: 2h}}\n  gp: {scripted: {note: other}}"), found)();
    at.put("gp", {1});
    REQUIRE(eventually([&] { return at.row("gp").backlog.get() == 1; }));
    CHECK(at.row("lab").next_try.get() == next_try);
    CHECK(at.row("gp").state.get() == "paused by uid 1000: to look");
    CHECK(at.dispatcher().resume("gp", "looked", "uid 1000").empty());
    REQUIRE(eventually([&] { return at.row("gp").delivered.get() == 1; }));
}

TEST_CASE("deliver reload: messages of a removed destination wait, are shown, and go when it comes back", "[deliver]")
{
    site at;
    at.start("lab: {scripted: {}, retry: {first: 1h, most: 2h}}");
    at.of("lab").answer([](const parcel&) { return attempt{.reason = "connection refused", .destination_down = true}; });
    at.put("lab", {1, 2, 3});
    REQUIRE(eventually([&] { return at.row("lab").state.get() == "retrying"; }));
    model::issues found;
    at.dispatcher().prepare({}, found)();
    REQUIRE(eventually([&] { return at.row("lab").state.get().starts_with("not in the configuration"); }));
    CHECK(at.row("lab").backlog.get() == 3);
    CHECK(at.shown() == std::vector<std::string>{"lab"});
    CHECK(at.order(kind::hold, "lab", 1).empty());
    CHECK(at.order(kind::release, "lab", 1) == "there is no destination lab in the configuration");
    CHECK(at.order(kind::skip, "lab", 3).empty());
    CHECK(at.dispatcher().pause("lab", "to look", "uid 1000") == "there is no destination lab");
    at.of("lab").answer({});
    at.dispatcher().prepare(at.read("lab: {scripted: {}}"), found)();
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 1; }));
    CHECK(at.listed("lab", delivery_state::held) == offsets{1});
    CHECK(at.order(kind::release, "lab", 1).empty());
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 2; }));
}

TEST_CASE("deliver reload: a removed destination without messages is shown no more", "[deliver]")
{
    site at;
    at.start("lab: {scripted: {}}\n  gp: {scripted: {}}");
    at.of("lab").takes = 100ms;
    at.put("lab", {1});
    REQUIRE(eventually([&] { return at.of("lab").count() == 1; }));
    model::issues found;
    at.dispatcher().prepare(at.read("gp: {scripted: {}}"), found)();
    REQUIRE(eventually([&] { return at.shown() == std::vector<std::string>{"gp"}; }));
    CHECK(at.row("lab").delivered.get() == 1);  // what was being sent has ended
}

TEST_CASE("deliver: messages of a destination that is not configured at the start are shown", "[deliver]")
{
    with_held at;
    at.stop();
    at.start("gp: {scripted: {}}");
    REQUIRE(eventually([&] { return at.shown() == std::vector<std::string>{"gp", "lab"}; }));
    CHECK(at.row("lab").held.get() == 2);
    CHECK(at.order(kind::skip, "lab", 1).empty());
    CHECK(at.order(kind::skip, "lab", 2).empty());
    CHECK(at.shown() == std::vector<std::string>{"gp"});
}

TEST_CASE("bad input: a reload with a fault changes nothing", "[deliver]")
{
    site at;
    at.start("lab: {scripted: {}}");
    model::issues found;
    CHECK_FALSE(at.dispatcher().prepare(at.read("lab: {scripted: {}}\n  gp: {scripted: {colour: red}}"), found));
    CHECK(model::has_error(found));
    at.put("lab", {1});
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 1; }));
}

TEST_CASE("bad input: a destination with a fault or of no known kind does not start", "[deliver]")
{
    for (const auto* wrong : {"lab: {scripted: {colour: red}}", "lab: {pigeon: {}}"}) {
        site at;
        model::issues found;
        at.start(wrong, &found);
        REQUIRE(found.size() == 1);
        CHECK(found[0].at.starts_with("test.yaml:4"));
    }
}

TEST_CASE("deliver: an acknowledgment of ours is a row with its own content, over a restart too", "[deliver]")
{
    site at;
    at.put_rows({{.destination = "acks", .at = {7}, .what = {.form = model::content::acknowledgment, .key = "p1", .acknowledgment = "MSH|one"}}}, false);
    at.start("acks: {scripted: {}}");
    REQUIRE(eventually([&] { return at.row("acks").delivered.get() == 1; }));
    CHECK(at.of("acks").got()[0].bytes == "MSH|one");
    CHECK(at.of("acks").got()[0].form == model::content::acknowledgment);
}

TEST_CASE("deliver list: unfinished deliveries by destination and state, at most so many", "[deliver]")
{
    site at;
    at.put("lab", {1, 2, 3});
    at.put("lab2", {4});
    at.put_rows({{.destination = "gp", .at = {5}, .what = {.state = delivery_state::held, .key = "p1"}}}, false);
    CHECK(at.listed("", delivery_state::waiting) == offsets{1, 2, 3, 4});
    CHECK(at.listed("lab", delivery_state::waiting) == offsets{1, 2, 3});
    CHECK(at.listed("", delivery_state::held) == offsets{5});
    CHECK(deliver::list(at.store(), "", delivery_state::waiting, 2)->size() == 2);
}
