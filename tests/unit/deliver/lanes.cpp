#include "broker/deliver/coverage.hpp"
#include "broker/deliver/inbox.hpp"
#include "broker/deliver/lanes.hpp"
#include "broker/deliver/passed_over.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using namespace std::chrono_literals;
using deliver::coverage;
using deliver::lanes;
using deliver::waiting;

namespace {

const instant start = instant(std::chrono::seconds(1'000'000));

waiting of_key(std::string key) { return {.row = {.key = std::move(key)}}; }

void delay(lanes& in, offset at, instant until)
{
    in.find(at)->row.next_try = until;
    in.put_back(at);
}

}  // namespace

TEST_CASE("deliver lanes: with one lane the next goes only after the former has ended", "[deliver]")
{
    lanes of(true);
    of.add({1}, of_key("a"));
    of.add({2}, of_key("b"));
    CHECK(of.next(start) == offset{1});
    CHECK_FALSE(of.next(start));
    delay(of, {1}, start + 1s);
    CHECK_FALSE(of.next(start));
    CHECK(of.next_due() == start + 1s);
    CHECK(of.next(start + 1s) == offset{1});
    of.remove({1});
    CHECK(of.next(start) == offset{2});
}

TEST_CASE("deliver lanes: keys go side by side, messages of one key one after the other", "[deliver]")
{
    lanes of(false);
    of.add({1}, of_key("a"));
    of.add({2}, of_key("a"));
    of.add({3}, of_key("b"));
    CHECK(of.next(start) == offset{1});
    CHECK(of.next(start) == offset{3});
    CHECK_FALSE(of.next(start));
    delay(of, {1}, start + 1s);
    CHECK_FALSE(of.next(start));
    of.remove({3});
    CHECK(of.next(start + 1s) == offset{1});
    of.remove({1});
    CHECK(of.next(start) == offset{2});
}

TEST_CASE("deliver lanes: a released message goes in its place by offset", "[deliver]")
{
    lanes of(true);
    of.add({5}, of_key("a"));
    of.add({3}, of_key("a"));
    CHECK(of.next(start) == offset{3});
    of.add({1}, of_key("a"));
    of.add({2}, of_key("a"));
    CHECK_FALSE(of.next(start));
    of.remove({3});
    CHECK(of.next(start) == offset{1});
}

TEST_CASE("deliver lanes: a message that is taken away lets the next of its lane go", "[deliver]")
{
    lanes of(false);
    of.add({1}, of_key("a"));
    of.add({2}, of_key("a"));
    of.remove({1});
    CHECK(of.next(start) == offset{2});
    of.remove({2});
    CHECK(of.empty());
    CHECK_FALSE(of.next(start));
}

TEST_CASE("deliver lanes: what is delayed goes at once when a person asks for it", "[deliver]")
{
    lanes of(false);
    of.add({1}, of_key("a"));
    of.next(start);
    delay(of, {1}, start + 1h);
    of.retry_now();
    CHECK(of.next(start) == offset{1});
}

TEST_CASE("deliver lanes: a change from several lanes to one lets what is being sent end first", "[deliver]")
{
    lanes of(false);
    for (std::uint64_t at = 1; at <= 3; at++)
        of.add({at}, of_key(std::to_string(at)));
    of.next(start);
    of.next(start);
    of.regroup(true);
    CHECK_FALSE(of.next(start));
    of.remove({1});
    CHECK_FALSE(of.next(start));
    of.remove({2});
    CHECK(of.next(start) == offset{3});
}

TEST_CASE("deliver coverage: rows beyond the window stay in the store and are counted", "[deliver]")
{
    coverage of(2, {});
    of.loaded_all();
    CHECK(of.offered({1}, 0) == coverage::place::memory);
    CHECK(of.offered({2}, 1) == coverage::place::memory);
    CHECK(of.offered({3}, 2) == coverage::place::store);
    CHECK(of.offered({4}, 0) == coverage::place::store);
    CHECK(of.beyond() == 2);
    CHECK(of.wants_more(1));
    of.loaded({3});
    CHECK(of.beyond() == 1);
    of.loaded({4});
    of.loaded_all();
    CHECK(of.offered({5}, 1) == coverage::place::memory);
}

TEST_CASE("deliver coverage: a row that was loaded before it was offered is not taken twice", "[deliver]")
{
    coverage of(8, {});
    of.loaded({7});
    CHECK(of.offered({7}, 1) == coverage::place::unsure);
    CHECK(of.offered({3}, 1) == coverage::place::unsure);
}

TEST_CASE("deliver coverage: the backlog of the start is counted once, while it shrinks", "[deliver]")
{
    coverage of(2, {10});
    of.loaded({1});
    of.loaded({2});
    CHECK(of.counting());
    of.count(3, {5});
    CHECK(of.beyond() == 3);
    of.loaded({3});
    of.loaded({4});
    CHECK(of.beyond() == 1);
    of.loaded({5});
    of.loaded({6});
    CHECK(of.beyond() == 0);
    CHECK(of.counted() == offset{6});
    of.count(4, {10});
    CHECK(of.beyond() == 4);
    CHECK_FALSE(of.counting());
    CHECK(of.offered({11}, 2) == coverage::place::store);
    CHECK(of.beyond() == 5);
}

TEST_CASE("deliver passed over: names the oldest held message of the key that came before", "[deliver]")
{
    deliver::passed_over held;
    held.add("a", {5});
    held.add("a", {3});
    held.add("", {1});
    CHECK(held.before("a", {9}) == offset{3});
    CHECK_FALSE(held.before("a", {3}));
    CHECK_FALSE(held.before("b", {9}));
    CHECK_FALSE(held.before("", {9}));
    held.remove("a", {3});
    CHECK(held.before("a", {9}) == offset{5});
}

TEST_CASE("deliver inbox: what is too much is counted, and all after it until it is taken", "[deliver]")
{
    deliver::inbox in;
    const std::vector<deliver::queued> many(60'000, {.destination = "lab"});
    CHECK(in.put(many));
    CHECK_FALSE(in.put(many));
    CHECK_FALSE(in.put({{.destination = "lab"}}));
    const auto came = in.take();
    CHECK(came.rows.size() == 60'000);
    CHECK(came.missed.at("lab") == 60'001);
    CHECK_FALSE(in.put({}));
    CHECK(in.put({{.destination = "lab"}}));
}
