#include "broker/pipeline/recovery.hpp"
#include "broker/pipeline/retention.hpp"

#include "broker/base/pack.hpp"
#include "broker/bus/embedded/record.hpp"
#include "broker/deliver/dispatcher.hpp"
#include "broker/deliver/queue.hpp"
#include "broker/journal/duplicates.hpp"
#include "broker/journal/keys.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/store/entry.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <numeric>
#include <optional>

using namespace tieline;
using namespace std::chrono_literals;
using model::delivery_state;
using store::family;

namespace {

constexpr auto topic = "tieline.adt";
const instant today = instant(std::chrono::hours(24 * 20'000));

/// A store as journal and pipeline leave it: messages one a minute, the last one just now.
struct kept {
    tests::temporary_folder folder{};
    std::unique_ptr<store::store> in = store::store::open(folder.path()).value();
    std::optional<pipeline::retention> retention{std::in_place, *in};
    std::int64_t position = 0;

    void commit(store::batch changes) { REQUIRE_FALSE(in->commit(std::move(changes), store::durability::buffered)); }

    /// Ends, and begins again: what was in memory is in files then.
    void restart()
    {
        in.reset();
        in = store::store::open(folder.path()).value();
        retention.emplace(*in);
    }

    void message(std::uint64_t at, instant received)
    {
        store::batch changes;
        const auto key = store::key_of(at);
        const auto control_id = "C" + std::to_string(at);
        const model::received what{.bytes = "MSH|" + std::string(200, 'x'), .listener = "pas", .sender = "lab", .at = received};
        changes.put(family::entry, key, store::entry_value(what, {.control_id = control_id, .type = "ADT^A01"}));
        changes.put(family::index, journal::control_id_prefix(control_id) + key, {});
        changes.put(family::index, journal::type_prefix("ADT^A01") + key, {});
        changes.put(family::index, journal::second_key(received), key);
        changes.put(family::answer, journal::answer_key_of("lab", control_id), journal::to_value({.at = {at}, .time = received}));
        changes.put(family::record, bus::embedded::partition_prefix(topic, 0) + store::key_of(static_cast<std::uint64_t>(position)), "r");
        model::outcome outcome{.state = model::message_state::published, .patient_key = "p" + std::to_string(at % 3)};
        outcome.places.push_back({topic, 0, position++});
        journal::put_outcome(changes, {at}, outcome, "{}");
        journal::put_trace(changes, {at}, {.at = received, .where = "lab", .what = "Delivered"});
        journal::put_published_through(changes, {at});
        commit(std::move(changes));
    }
    void messages(std::uint64_t first, std::uint64_t last, instant newest = today)
    {
        for (auto at = first; at <= last; at++)
            message(at, newest - std::chrono::minutes(last - at));
    }
    void row(std::uint64_t at, delivery_state state, bool there = true)
    {
        store::batch changes;
        if (there)
            deliver::put_delivery(changes, {.destination = "lab", .at = {at}, .what = {.state = state}});
        else
            changes.erase(family::delivery, deliver::row_key("lab", state, {at}));
        commit(std::move(changes));
    }
    void run(pipeline::retention_limits limits, instant at = today)
    {
        while (retention->step(limits, at)) {
        }
    }
    std::size_t rows(family where) const
    {
        std::size_t count = 0;
        CHECK_FALSE(in->scan(where, {}, {}, [&](auto, auto) { return ++count > 0; }));
        return count;
    }
    std::vector<std::uint64_t> entries() const
    {
        std::vector<std::uint64_t> all;
        CHECK_FALSE(in->scan(family::entry, {}, {}, [&](std::string_view key, auto) {
            all.push_back(read_big_endian(key));
            return true;
        }));
        return all;
    }
};

std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last)
{
    std::vector<std::uint64_t> all(last - first + 1);
    std::iota(all.begin(), all.end(), first);
    return all;
}

}  // namespace

TEST_CASE("retention: what is finished and older goes with all that is kept of it, and nothing else", "[retention]")
{
    kept at;
    at.messages(1, 100);
    at.run({.finished = 30min});
    CHECK(at.entries() == range(70, 100));  // the one that is as old as that stays
    for (const auto family : {family::bundle, family::outcome, family::trace, family::record, family::answer})
        CHECK(at.rows(family) == 31);
    CHECK(at.rows(family::index) == 4 * 31);
    CHECK(at.retention->deleted() == 69);
    at.run({.finished = 30min}, today + 10min);
    CHECK(at.entries() == range(80, 100));
}

TEST_CASE("retention: goes round what waits or is Held, and deletes it once it has ended", "[retention]")
{
    kept at;
    at.messages(1, 50);
    at.row(3, delivery_state::held);
    at.row(20, delivery_state::waiting);
    at.run({.finished = 1min}, today + 1h);
    CHECK(at.entries() == std::vector<std::uint64_t>{3, 20});
    CHECK(at.rows(family::index) == 3 * 2);  // their seconds have gone
    CHECK(at.rows(family::record) == 2);
    CHECK(journal::read_outcome(*at.in, {3}).value().has_value());

    at.row(3, delivery_state::held, false);
    pipeline::retention later(*at.in);  // as after a restart
    later.step({.finished = 1min}, today + 1h);
    CHECK(at.entries() == std::vector<std::uint64_t>{20});
    CHECK(at.rows(family::record) == 1);
    CHECK(at.rows(family::index) == 3);
}

TEST_CASE("retention: what is not published yet stays, however old", "[retention]")
{
    kept at;
    at.messages(1, 10);
    store::batch back;
    journal::put_published_through(back, {4});
    at.commit(std::move(back));
    at.run({.finished = 1min}, today + 24h);
    CHECK(at.entries() == range(5, 10));
}

TEST_CASE("retention: a rows' place that can't be read stops it, as something unfinished may stand there", "[retention]")
{
    kept at;
    at.messages(1, 10);
    store::batch damage;
    damage.put(family::delivery, deliver::row_key("lab", delivery_state::waiting, {4}), "broken");
    at.commit(std::move(damage));
    at.run({.finished = 1min}, today + 24h);
    CHECK(at.entries() == range(1, 10));
}

TEST_CASE("retention: above the size the oldest go, however young", "[retention]")
{
    kept at;
    at.messages(1, 2'000);
    at.restart();
    std::uint64_t whole = 0;
    for (const auto one : {family::entry, family::bundle, family::outcome, family::trace})
        whole += at.in->bytes(one, {}, {});
    at.run({.finished = 24h, .size = whole / 2});
    const auto left = at.entries();
    CHECK(left.size() > 500);
    CHECK(left.size() < 1'500);
    CHECK(left.back() == 2'000);
    at.restart();
    at.run({.finished = 24h, .size = whole * 2});
    CHECK(at.entries() == left);
}

TEST_CASE("retention: a repeat gets its answer within the window, when its first is deleted already", "[retention]")
{
    kept at;
    at.messages(1, 10);
    const auto key = journal::answer_key_of("lab", "C1");
    at.run({.finished = 1min, .duplicates = 24h}, today + 1h);
    CHECK(at.entries().empty());
    CHECK(at.in->get(family::answer, key).value().has_value());
    at.run({.finished = 1min, .duplicates = 24h}, today + 25h);
    CHECK(at.rows(family::answer) == 0);
    CHECK(at.rows(family::index) == 0);
}

TEST_CASE("retention: no position of a topic is used again when its last record is deleted", "[retention]")
{
    kept at;
    at.messages(1, 10);
    at.run({.finished = 1min}, today + 24h);
    CHECK(at.rows(family::record) == 0);
    CHECK(bus::embedded::next_position(*at.in, topic, 0).value() == 10);
}

TEST_CASE("recovery: a published message that lost its outcome is Held for a person, the others are as they were", "[recovery]")
{
    kept at;
    at.messages(1, 10);
    store::batch lost;
    for (const auto offset : {3, 9})
        lost.erase(family::outcome, store::key_of(static_cast<std::uint64_t>(offset)));
    journal::put_published_through(lost, {8});
    at.commit(std::move(lost));
    CHECK(pipeline::hold_what_lost_its_outcome(*at.in).value() == 1);
    CHECK(journal::read_outcome(*at.in, {3}).value()->state == model::message_state::held);
    CHECK(deliver::held_before_bus(*at.in, {3}));
    CHECK_FALSE(journal::read_outcome(*at.in, {9}).value().has_value());  // it is not published yet
    CHECK(pipeline::hold_what_lost_its_outcome(*at.in).value() == 0);
}
