#include "tests/unit/deliver/site.hpp"

#include <catch2/catch.hpp>

#include <numeric>

using namespace tieline;
using namespace std::chrono_literals;
using tests::eventually;
using tests::site;
using deliver::attempt;
using deliver::parcel;
using model::delivery_state;
using verdict = attempt::verdict;
using offsets = std::vector<std::uint64_t>;

namespace {

constexpr auto quick = "retry: {first: 20ms, most: 40ms}";

std::string lab(const std::string& more = quick) { return "lab: {scripted: {}, " + more + "}"; }

offsets from_one_to(std::uint64_t last)
{
    offsets all(last);
    std::iota(all.begin(), all.end(), 1);
    return all;
}


}  // namespace

TEST_CASE("deliver: one connection keeps the order, each delivery leaves a line and no row", "[deliver]")
{
    site at;
    at.start(lab());
    at.put("lab", from_one_to(50));
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 50; }));
    CHECK(at.of("lab").offsets() == from_one_to(50));
    CHECK(at.of("lab").most() == 1);
    CHECK(at.of("lab").got()[6].id == "tie1.7");
    REQUIRE(eventually([&] { return at.listed("lab", delivery_state::waiting).empty(); }));
    const auto story = at.story(7);
    REQUIRE(story.size() == 1);
    CHECK(story[0].where == "lab");
    CHECK(story[0].what == "Delivered");
    CHECK(story[0].answer == "AA");
    CHECK(story[0].tries == 1);
    CHECK(at.row("lab").backlog.get() == 0);
    CHECK(at.row("lab").oldest_waiting.get() == 0);
    CHECK(at.row("lab").state.get() == "up");
}

TEST_CASE("deliver: with four connections keys go side by side and each key in order", "[deliver]")
{
    site at;
    at.start(lab("connections: 4"));
    at.of("lab").takes = 3ms;
    std::vector<deliver::queued> rows;
    for (std::uint64_t i = 1; i <= 60; i++)
        rows.push_back({.destination = "lab", .at = {i}, .what = {.key = "p" + std::to_string(i % 6), .since = now()}});
    at.put_rows(rows);
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 60; }));
    CHECK(at.of("lab").most() == 4);
    CHECK(at.of("lab").overlaps() == 0);
    std::map<std::string, std::uint64_t> last;
    for (const auto& one : at.of("lab").got()) {
        CHECK(last[one.bytes] < one.at.value);
        last[one.bytes] = one.at.value;
    }
}

TEST_CASE("deliver: sends the Bundle, or the bytes as they came", "[deliver]")
{
    site at;
    const auto message = at.journal_message("MSH|^~\\&|A\r");
    at.start(lab());
    at.put_rows({{.destination = "lab", .at = {message}, .what = {.form = model::content::original, .key = "k", .since = now()}}}, false);
    at.put("lab", {message + 1}, "a Bundle");
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 2; }));
    CHECK(at.of("lab").got()[0].bytes == "MSH|^~\\&|A\r");
    CHECK(at.of("lab").got()[0].form == model::content::original);
    CHECK(at.of("lab").got()[1].bytes == "a Bundle");
}

TEST_CASE("deliver: retries until it is delivered, and says how often it tried", "[deliver]")
{
    site at;
    at.start(lab());
    at.of("lab").answer([](const parcel& one) {
        return one.tries < 3 ? attempt{.what = verdict::retry, .reason = "connection refused", .destination_down = true}
                             : attempt{.what = verdict::delivered, .answer = "AA"};
    });
    at.put("lab", {1, 2});
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 2; }));
    CHECK(at.of("lab").offsets() == offsets{1, 1, 1, 1, 2, 2, 2, 2});
    CHECK(at.row("lab").tries.get() == 8);
    CHECK(at.row("lab").last_error.get().find("no answer: connection refused") != std::string::npos);
    CHECK(at.story(2)[0].tries == 4);
}

TEST_CASE("deliver: a destination that is down is retried by one probe and delays no other", "[deliver]")
{
    site at;
    at.start("lab: {scripted: {}, connections: 4, retry: {first: 1h, most: 2h}}\n  gp: {scripted: {}}");
    at.of("lab").answer([](const parcel&) { return attempt{.reason = "connection refused", .destination_down = true}; });
    for (std::uint64_t i = 1; i <= 20; i++)
        at.put("lab", {i}, "p" + std::to_string(i));
    at.put("gp", from_one_to(20));
    REQUIRE(eventually([&] { return at.row("gp").delivered.get() == 20; }));
    REQUIRE(eventually([&] { return at.row("lab").state.get() == "retrying"; }));
    CHECK(at.of("lab").count() <= 4);
    CHECK(at.row("lab").backlog.get() == 20);
    CHECK(at.row("lab").next_try.get() > now().time_since_epoch().count());
    CHECK(at.row("lab").oldest_waiting.get() > 0);
}

TEST_CASE("deliver: a message that the receiver calls wrong is Held and stops nobody else's", "[deliver]")
{
    site at;
    at.start(lab());
    at.of("lab").answer([](const parcel& one) {
        return one.at.value == 2 ? attempt{.what = verdict::hold, .answer = "AE 204", .reason = "wrong"}
                                 : attempt{.what = verdict::delivered, .answer = "AA"};
    });
    at.put("lab", {1, 2, 3}, "p1");
    at.put("lab", {4}, "p2");
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 3; }));
    REQUIRE(eventually([&] { return at.listed("lab", delivery_state::held) == offsets{2}; }));
    CHECK(at.row("lab").held.get() == 1);
    CHECK(at.row("lab").backlog.get() == 0);
    const auto story = at.story(2);
    REQUIRE(story.size() == 1);
    CHECK(story[0].what == "Held");
    CHECK(story[0].why == "wrong");
    CHECK(story[0].answer == "AE 204");
    CHECK(at.story(1)[0].why.empty());
    CHECK(at.story(3)[0].why == "passed over held tie1.2");
    CHECK(at.story(4)[0].why.empty());
    const auto rows = deliver::list(at.store(), "lab", delivery_state::held, 10);
    REQUIRE(rows.has_value());
    CHECK(rows->at(0).what.last_answer == "AE 204: wrong");
    CHECK(rows->at(0).delivered_since == 1);
}

TEST_CASE("deliver: hold_after ends the retries of a message", "[deliver]")
{
    site at;
    at.start(lab("retry: {first: 10ms, most: 20ms, hold_after: 3}"));
    at.of("lab").answer([](const parcel& one) {
        return one.at.value == 1 ? attempt{.reason = "no answer in time"} : attempt{.what = verdict::delivered, .answer = "AA"};
    });
    at.put("lab", {1, 2});
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 1; }));
    CHECK(at.of("lab").offsets() == offsets{1, 1, 1, 2});
    CHECK(at.story(1)[0].why == "given up after 3 tries, no answer: no answer in time");
    CHECK(at.story(1)[0].tries == 3);
}

TEST_CASE("deliver: a fault of the destination is no try of the message, it is never held for it", "[deliver]")
{
    site at;
    at.start(lab("retry: {first: 5ms, most: 5ms, hold_after: 2}"));
    at.of("lab").answer([](const parcel&) { return attempt{.what = verdict::fault, .answer = "401", .reason = "not let in"}; });
    at.put("lab", {1});
    REQUIRE(eventually([&] { return at.of("lab").count() >= 6; }));
    CHECK(at.listed("lab", delivery_state::held).empty());
    at.of("lab").answer([](const parcel&) { return attempt{.what = verdict::delivered, .answer = "AA"}; });
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 1; }));
    CHECK(at.story(1)[0].tries == 1);
}

TEST_CASE("deliver: a destination that would hold five in a row pauses itself and the five wait again, over a restart", "[deliver]")
{
    site at;
    at.start(lab());
    const auto wrong = [](const parcel&) { return attempt{.what = verdict::hold, .answer = "AE 203", .reason = "wrong"}; };
    at.of("lab").answer(wrong);
    at.put("lab", from_one_to(9));
    REQUIRE(eventually([&] { return at.row("lab").paused.get() == 1; }));
    CHECK(at.row("lab").state.get() == "paused itself: five messages in a row would be held");
    CHECK(at.of("lab").offsets() == from_one_to(5));
    CHECK(at.listed("lab", delivery_state::waiting) == from_one_to(9));
    CHECK(at.listed("lab", delivery_state::held).empty());
    CHECK(at.row("lab").held.get() == 0);
    CHECK(at.row("lab").backlog.get() == 9);
    CHECK(at.story(1).back().why == "the destination paused itself");

    at.stop();
    at.start(lab());
    REQUIRE(eventually([&] { return at.row("lab").backlog.get() == 9; }));
    CHECK(at.row("lab").paused.get() == 1);
    CHECK(at.of("lab").count() == 5);
    at.of("lab").answer({});
    CHECK(at.dispatcher().resume("lab", "mended", "uid 1000").empty());
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 9; }));
    auto all = at.of("lab").offsets();
    CHECK(offsets(all.begin() + 5, all.end()) == from_one_to(9));
    CHECK(at.row("lab").paused.get() == 0);
}

TEST_CASE("deliver: what is under way when a destination pauses itself waits again too", "[deliver]")
{
    site at;
    at.start(lab("connections: 8"));
    at.of("lab").takes = 20ms;
    at.of("lab").answer([](const parcel&) { return attempt{.what = verdict::hold, .answer = "AE 203", .reason = "wrong"}; });
    std::vector<deliver::queued> rows;
    for (std::uint64_t i = 1; i <= 8; i++)
        rows.push_back({.destination = "lab", .at = {i}, .what = {.key = "p" + std::to_string(i), .since = now()}});
    at.put_rows(rows);
    REQUIRE(eventually([&] { return at.row("lab").paused.get() == 1 && at.row("lab").tries.get() == 8; }));
    CHECK(at.row("lab").held.get() == 0);
    CHECK(at.row("lab").backlog.get() == 8);
    REQUIRE(eventually([&] { return at.listed("lab", delivery_state::waiting) == from_one_to(8); }));
}

TEST_CASE("deliver: a pause by a person holds over a restart, and resume retries at once", "[deliver]")
{
    site at;
    const auto slow = lab("retry: {first: 1h, most: 2h}");
    at.start(slow);
    at.of("lab").answer([](const parcel&) { return attempt{.reason = "connection refused", .destination_down = true}; });
    at.put("lab", {1});
    REQUIRE(eventually([&] { return at.row("lab").state.get() == "retrying"; }));
    CHECK(at.dispatcher().pause("lab", "new analyser", "uid 1000").empty());
    CHECK(at.row("lab").state.get() == "paused by uid 1000: new analyser");
    at.stop();
    at.start(slow);
    at.put("lab", {2});
    REQUIRE(eventually([&] { return at.row("lab").backlog.get() == 2; }));
    CHECK(at.row("lab").paused.get() == 1);
    CHECK(at.of("lab").count() == 1);
    at.of("lab").answer({});
    CHECK(at.dispatcher().resume("lab", "done", "uid 1000").empty());
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 2; }));
    CHECK(at.dispatcher().pause("absent", "x", "uid 1000") == "there is no destination absent");
}

TEST_CASE("deliver: what the receiver asks to wait is kept", "[deliver]")
{
    site at;
    at.start(lab());
    at.of("lab").answer([](const parcel&) { return attempt{.answer = "503", .retry_after = 90s, .destination_down = true}; });
    const auto before = now();
    at.put("lab", {1});
    REQUIRE(eventually([&] { return at.row("lab").next_try.get() > 0; }));
    const instant next{std::chrono::microseconds(at.row("lab").next_try.get())};
    CHECK(next >= before + 90s);
    CHECK(next <= now() + 90s);
    CHECK(at.of("lab").count() == 1);
}

TEST_CASE("deliver: what was not finished goes on after a restart, and nothing twice", "[deliver]")
{
    site at;
    at.start(lab());
    at.of("lab").takes = 2ms;
    at.put("lab", from_one_to(100));
    REQUIRE(eventually([&] { return at.of("lab").count() >= 20; }));
    at.stop();
    const auto before = at.of("lab").count();
    CHECK(before < 100);
    at.start(lab());
    REQUIRE(eventually([&] { return at.of("lab").count() == 100 && at.listed("lab", delivery_state::waiting).empty(); }));
    CHECK(at.of("lab").offsets() == from_one_to(100));
    CHECK_FALSE(at.of("lab").got().back().repeated);
}

TEST_CASE("deliver: a try that a stop cuts off is made again, as a repeat", "[deliver]")
{
    site at;
    at.start(lab());
    REQUIRE(at.dispatcher().resume("lab", "so that it has begun", "uid 1000").empty());
    at.of("lab").takes = 1h;
    at.put("lab", {1});
    REQUIRE(eventually([&] { return at.of("lab").count() == 1; }));
    at.stop(10ms);
    CHECK(at.listed("lab", delivery_state::waiting) == offsets{1});
    at.of("lab").takes = 0ms;
    at.start(lab());
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 1; }));
    CHECK_FALSE(at.of("lab").got()[0].repeated);
    CHECK(at.of("lab").got()[1].repeated);
}

TEST_CASE("deliver: a message whose content is not there is Held with the reason and never sent", "[deliver]")
{
    site at;
    at.start(lab());
    at.put_rows({{.destination = "lab", .at = {1}, .what = {.key = "k", .since = now()}}}, false);
    at.put("lab", {2});
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 1 && at.row("lab").held.get() == 1; }));
    CHECK(at.of("lab").offsets() == offsets{2});
    CHECK(at.story(1)[0].why.starts_with("its content can't be read"));
}

TEST_CASE("deliver: a backlog beyond the window is delivered whole and in order", "[deliver]")
{
    site at;
    at.start(lab());
    CHECK(at.dispatcher().pause("lab", "later", "uid 1000").empty());
    for (std::uint64_t first = 1; first < 6'000; first += 500) {
        offsets some(500);
        std::iota(some.begin(), some.end(), first);
        at.put("lab", some);
    }
    REQUIRE(eventually([&] { return at.row("lab").backlog.get() == 6'000; }));
    at.dispatcher().resume("lab", "now", "uid 1000");
    at.put("lab", {6'001});
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 6'001; }));
    CHECK(at.of("lab").offsets() == from_one_to(6'001));
    CHECK(at.row("lab").backlog.get() == 0);
}

TEST_CASE("deliver: a long backlog at the start is counted without holding up deliveries", "[deliver]")
{
    site at;
    for (std::uint64_t first = 1; first < 30'000; first += 5'000) {
        std::vector<deliver::queued> rows;
        for (std::uint64_t i = first; i < first + 5'000; i++)
            rows.push_back({.destination = "lab", .at = {i}, .what = {.key = "k", .since = now()}});
        at.put_rows(rows, false);
    }
    at.start("lab: {discard: {}}\n  gp: {scripted: {}}");
    at.dispatcher().pause("lab", "to count", "uid 1000");
    const auto delivered = at.row("lab").delivered.get();
    REQUIRE(eventually([&] { return at.row("lab").backlog.get() == 30'000 - delivered; }));
    at.dispatcher().resume("lab", "counted", "uid 1000");
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 30'000; }));
    CHECK(at.row("lab").backlog.get() == 0);
    REQUIRE(eventually([&] { return at.listed("lab", delivery_state::waiting).empty(); }));
}

TEST_CASE("deliver: rows that are made late, with older offsets, are delivered too", "[deliver]")
{
    site at;
    at.start(lab());
    at.put("lab", {10, 11, 12});
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 3; }));
    at.put("lab", {4});
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 4; }));
    at.put("lab", {13});
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 5; }));
    CHECK(at.of("lab").offsets() == offsets{10, 11, 12, 4, 13});
}

TEST_CASE("deliver: a kind that throws has not delivered", "[deliver]")
{
    site at;
    at.start(lab());
    at.of("lab").answer([](const parcel& one) -> attempt {
        if (one.tries == 0)
            throw std::runtime_error("Jane Doe");
        return {.what = verdict::delivered, .answer = "AA"};
    });
    at.put("lab", {1});
    REQUIRE(eventually([&] { return at.row("lab").delivered.get() == 1; }));
    CHECK(at.row("lab").last_error.get().find("Jane") == std::string::npos);
}
