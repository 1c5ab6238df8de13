#include "broker/bus/bus.hpp"
#include "broker/bus/kafka/window.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/mock_kafka.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <mutex>
#include <thread>

using namespace tieline;
using namespace std::chrono_literals;
using tests::eventually;
using tests::mock_cluster;

namespace {

const auto any = [](bus::kafka::window::range&) { return true; };

/// What outlives a bus: a data folder.
struct site {
    tests::temporary_folder folder{};
    std::unique_ptr<store::store> store = store::store::open(folder.path()).value();
};

struct kafka {
    std::shared_ptr<site> here{};
    std::unique_ptr<store::store>& store = here->store;
    observe::board board{};
    std::unique_ptr<bus::bus> bus{};

    explicit kafka(const std::string& servers, settings::bus given = {}) : kafka(servers, std::make_shared<site>(), {}, {}, given) {}

    /// With a journal that is published through `from` and whose last entry is `newest`.
    kafka(const std::string& servers, std::shared_ptr<site> on, offset from, offset newest, settings::bus given = {})
        : here(std::move(on))
    {
        bus::registry kinds;
        bus::add_builtin(kinds);
        given.kind = "kafka";
        given.servers = {servers};
        given.replication = 1;
        given.properties.emplace_back("log_level", "2");
        model::issues found;
        bus = kinds.make(given, {.store = *store, .board = board, .node = "tie1", .from = from, .newest = newest}, found);
        CHECK(found.empty());
        REQUIRE(bus);
    }

    /// A message that was Held when it was its turn.
    void release(std::uint64_t at, offset through)
    {
        bus::publication one{.through = through};
        const auto value = std::to_string(at);
        one.records.push_back({.topic = "t", .key = std::to_string(at % 5), .value = value, .at = {at}});
        one.placed = [](store::batch& effects, const auto&) { effects.put(store::family::cursor, "released", "yes"); };
        REQUIRE(bus->publish(std::move(one)));
        REQUIRE(eventually([&] { return store->get(store::family::cursor, "released").value() == "yes"; }));
        store::batch forget;
        forget.erase(store::family::cursor, "released");
        REQUIRE_FALSE(store->commit(std::move(forget), store::durability::buffered));
    }

    bool stopped(const std::string& why)
    {
        return eventually([&] { return board.bus().state.get() == "stopped"; }) && board.bus().last_error.get() == why;
    }

    /// Offset `at`, one record of its own value, and the cursor that says it.
    void publish(std::uint64_t at, const std::string& topic = "t", std::function<void()> committed = {})
    {
        bus::publication one;
        const auto value = std::to_string(at);
        one.records.push_back(
            {.topic = topic, .key = std::to_string(at % 5), .value = value, .headers = {{"ce_id", value}}, .at = {at}});
        one.through = {at};
        one.placed = [](store::batch& effects, const std::vector<bus::placement>& places) {
            const auto& place = places[0].place;
            effects.put(store::family::cursor, "place",
                        std::to_string(place.partition) + "/" + std::to_string(place.position));
        };
        one.committed = std::move(committed);
        REQUIRE(bus->publish(std::move(one)));
    }

    bool through(std::uint64_t at)
    {
        return eventually([&] { return bus->published_through() == offset{at}; });
    }
};

/// Whether values 1 to `last` are there, those of a key (the value modulo 5) in order. After an error a reader may
/// see some twice: then their last ones are in order.
void check_order(const std::map<std::int32_t, std::vector<std::string>>& found, std::uint64_t last, bool each_once = true)
{
    std::map<std::uint64_t, std::vector<std::uint64_t>> of_key;
    std::size_t doubles = 0;
    for (const auto& [partition, values] : found)
        for (const auto& value : values) {
            const auto at = std::stoull(value);
            auto& seen = of_key[at % 5];
            doubles += std::erase(seen, at);
            seen.push_back(at);
        }
    std::size_t count = 0;
    for (const auto& [key, seen] : of_key) {
        CHECK(std::is_sorted(seen.begin(), seen.end()));
        count += seen.size();
    }
    CHECK(count == last);
    if (each_once)
        CHECK(doubles == 0);
}

}  // namespace

TEST_CASE("kafka bus: records come to the topic in order, and their ranges are confirmed in order", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    kafka at(cluster.servers());
    at.bus->ensure_topics({"t"});
    std::mutex mutex;
    std::vector<std::uint64_t> committed;
    for (std::uint64_t i = 1; i <= 500; i++)
        at.publish(i, "t", [&, i] {
            std::lock_guard lock(mutex);
            committed.push_back(i);
        });
    REQUIRE(at.through(500));
    std::lock_guard lock(mutex);
    REQUIRE(committed.size() == 500);
    CHECK(std::is_sorted(committed.begin(), committed.end()));
    check_order(cluster.read("t", 500), 500);
    CHECK(at.store->get(store::family::cursor, "place").value().value_or("").find("/-1") == std::string::npos);
    CHECK(at.board.bus().up.get() == 1);
    CHECK(at.board.bus().state.get() == "up");
    CHECK(at.board.bus().published.get() == 500);
    CHECK(at.board.topic("t").records.get() == 500);
    CHECK(at.board.topic("t").partitions.get() == 6);
}

TEST_CASE("kafka bus: a range without records is confirmed in its turn", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    kafka at(cluster.servers());
    at.publish(1);
    bus::publication nothing;
    nothing.through = {2};
    nothing.effects.put(store::family::cursor, "empty", "2");
    REQUIRE(at.bus->publish(std::move(nothing)));
    REQUIRE(at.through(2));
    CHECK(at.store->get(store::family::cursor, "empty").value() == "2");
}

TEST_CASE("bad input: kafka bus: Kafka that goes away in the middle loses nothing, and the board says so", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    kafka at(cluster.servers(), {.exactly_once = GENERATE(true, false)});
    at.publish(1);
    REQUIRE(at.through(1));
    cluster.down();
    for (std::uint64_t i = 2; i <= 100; i++)
        at.publish(i);
    REQUIRE(eventually([&] { return at.board.bus().state.get() == "down"; }));
    CHECK(at.board.bus().up.get() == 0);
    REQUIRE(eventually([&] { return !at.board.bus().last_error.get().empty(); }));
    CHECK(at.bus->published_through() == offset{1});
    cluster.up();
    REQUIRE(at.through(100));
    REQUIRE(eventually([&] { return at.board.bus().state.get() == "up"; }));
    check_order(cluster.read("t", 100), 100);
}

TEST_CASE("bad input: kafka bus: Kafka that is not there at start is waited for", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    cluster.down();
    kafka at(cluster.servers());
    at.bus->ensure_topics({"t"});
    for (std::uint64_t i = 1; i <= 20; i++)
        at.publish(i);
    REQUIRE(eventually([&] { return !at.board.bus().last_error.get().empty(); }));
    CHECK(at.board.bus().up.get() == 0);
    cluster.up();
    REQUIRE(at.through(20));
    check_order(cluster.read("t", 20), 20);
}

TEST_CASE("kafka bus: after a fatal error a new producer goes on with what was not confirmed, in order", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    kafka at(cluster.servers(), {.exactly_once = GENERATE(true, false)});
    at.publish(1);
    REQUIRE(at.through(1));
    cluster.fail_produce({RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
    for (std::uint64_t i = 2; i <= 200; i++)
        at.publish(i);
    REQUIRE(at.through(200));
    check_order(cluster.read("t", 200), 200, false);
}

TEST_CASE("kafka bus: what Kafka has is not sent again after a crash that the journal's effects did not live to see", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    const auto here = std::make_shared<site>();
    {
        kafka at(cluster.servers(), here, {}, {});
        for (std::uint64_t i = 1; i <= 10; i++)
            at.publish(i);
        REQUIRE(at.through(10));
    }
    kafka at(cluster.servers(), here, {4}, {12});
    for (std::uint64_t i = 5; i <= 12; i++)
        at.publish(i);
    REQUIRE(at.through(12));
    check_order(cluster.read("t", 12), 12);
}

TEST_CASE("kafka bus: a released message comes onto the topic once, also when its release was lost in a crash", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    const auto here = std::make_shared<site>();
    {
        kafka at(cluster.servers(), here, {}, {});
        for (std::uint64_t i = 2; i <= 3; i++)
            at.publish(i);
        at.release(1, {3});
    }
    kafka at(cluster.servers(), here, {3}, {4});
    at.release(1, {3});
    at.publish(4);
    REQUIRE(at.through(4));
    std::vector<std::string> all;
    for (const auto& [partition, values] : cluster.read("t", 4))
        all.insert(all.end(), values.begin(), values.end());
    std::sort(all.begin(), all.end());
    CHECK(all == std::vector<std::string>{"1", "2", "3", "4"});
}

TEST_CASE("kafka bus: stops where Kafka and journal don't fit together, and takes no message away", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    const auto here = std::make_shared<site>();
    {
        kafka at(cluster.servers(), here, {}, {});
        at.publish(5);
        REQUIRE(at.through(5));
    }
    SECTION("Kafka lost what it had")
    {
        mock_cluster empty({"t"});
        kafka at(empty.servers(), here, {5}, {5});
        CHECK(at.stopped("Kafka has no record of this node's progress, the journal is published through 5"));
        at.publish(6);
        at.bus->stop(10s);
        CHECK(at.bus->published_through() == offset{5});
    }
    SECTION("the data folder is an older copy")
    {
        kafka at(cluster.servers(), here, {3}, {4});
        CHECK(at.stopped("the journal is older than Kafka: through 5, the journal's last entry is 4"));
    }
    SECTION("the data folder is another one")
    {
        kafka at(cluster.servers(), std::make_shared<site>(), {}, {9});
        CHECK(at.stopped("another journal wrote under this node's name, through 5"));
    }
}

TEST_CASE("kafka bus: to have published without transactions once is to begin anew with them", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    const auto here = std::make_shared<site>();
    {
        kafka at(cluster.servers(), here, {}, {});
        at.publish(1);
        REQUIRE(at.through(1));
    }
    {
        kafka at(cluster.servers(), here, {1}, {2}, {.exactly_once = false});
        at.publish(2);
        REQUIRE(at.through(2));
    }
    kafka at(cluster.servers(), here, {2}, {3});
    at.publish(3);
    REQUIRE(at.through(3));
    check_order(cluster.read("t", 3), 3);
}

TEST_CASE("kafka bus: a record that the brokers refuse is tried again, not dropped", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    kafka at(cluster.servers());
    at.publish(1);
    REQUIRE(at.through(1));
    cluster.fail_produce({RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    for (std::uint64_t i = 2; i <= 20; i++)
        at.publish(i);
    REQUIRE(at.through(20));
    check_order(cluster.read("t", 20), 20, false);
}

TEST_CASE("kafka bus: a topic that has fewer partitions than configured is told and used", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    settings::bus given;
    given.partitions = 12;
    kafka at(cluster.servers(), given);
    at.publish(1);
    REQUIRE(at.through(1));
    CHECK(eventually([&] {
        return at.board.bus().last_error.get() == "topic t has 6 partitions and 1 replicas, fewer than configured";
    }));
}

TEST_CASE("kafka bus: stopping waits for what is on its way, but not for ever", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    SECTION("Kafka is there")
    {
        kafka at(cluster.servers());
        for (std::uint64_t i = 1; i <= 50; i++)
            at.publish(i);
        at.bus->stop(10s);
        CHECK(at.bus->published_through() == offset{50});
        CHECK_FALSE(at.bus->publish({}));
    }
    SECTION("Kafka is away")
    {
        cluster.down();
        kafka at(cluster.servers());
        at.publish(1);
        const auto begun = std::chrono::steady_clock::now();
        at.bus->stop(200ms);
        CHECK(std::chrono::steady_clock::now() - begun < 8s);
        CHECK(at.bus->published_through() == offset{0});
    }
}

TEST_CASE("kafka bus: a full window holds up the publisher, and stopping lets it go", "[bus][kafka]")
{
    mock_cluster cluster({"t"});
    cluster.down();
    kafka at(cluster.servers());
    const std::string large(1U << 20, 'x');
    std::atomic<std::uint64_t> taken{0};
    std::atomic<bool> ended{false};
    std::thread publisher([&] {
        for (std::uint64_t i = 1;; i++) {
            bus::publication one;
            one.records.push_back({.topic = "t", .key = "k", .value = large, .at = {i}});
            one.through = {i};
            if (!at.bus->publish(std::move(one)))
                break;
            taken = i;
        }
        ended = true;
    });
    REQUIRE(eventually([&] { return taken >= 20; }));
    std::this_thread::sleep_for(50ms);
    CHECK(taken < 60);
    CHECK_FALSE(ended);
    at.bus->stop(10ms);
    publisher.join();
    CHECK(ended);
}

TEST_CASE("bad input: kafka bus: properties that librdkafka does not know, or that would break a promise, are issues",
          "[bus][kafka]")
{
    bus::registry kinds;
    bus::add_builtin(kinds);
    settings::bus given;
    given.kind = "kafka";
    given.servers = {"127.0.0.1:9"};
    given.properties = {{"no.such.thing", "1"}, {"acks", "1"}, {"linger.ms", "soon"}};
    model::issues found;
    kinds.check(given, found);
    REQUIRE(found.size() == 3);
    CHECK(found[0].diagnostics == "Tieline sets acks itself");
    CHECK(found[1].at == "bus.properties.no.such.thing");
    CHECK(found[1].diagnostics == "No such configuration property: \"no.such.thing\"");
    CHECK(found[2].at == "bus.properties.linger.ms");

    tests::temporary_folder folder;
    const auto store = store::store::open(folder.path()).value();
    observe::board board;
    found.clear();
    CHECK_FALSE(kinds.make(given, {.store = *store, .board = board, .node = "n"}, found));
    CHECK(found.size() == 3);
}

TEST_CASE("kafka window: confirms ranges in order whatever the order of the reports", "[bus][kafka]")
{
    bus::kafka::window window(100'000, 100);
    for (std::uint64_t i = 1; i <= 2; i++) {
        bus::publication one;
        const auto key = std::to_string(i);
        one.records = {{.topic = "a", .key = key, .value = "1"}, {.topic = "b", .key = key, .value = "2"}};
        one.through = {i};
        window.add(std::move(one));
    }
    std::vector<std::uint64_t> ids;
    const auto collect = [&](const model::record&, std::uint64_t id) {
        ids.push_back(id);
        return true;
    };
    window.send(any, collect);
    REQUIRE(ids.size() == 4);
    window.send(any, collect);
    CHECK(ids.size() == 4);

    window.note({ids[3], 1, 5});
    window.note({ids[2], 1, 4});
    CHECK_FALSE(window.take_confirmed());
    window.note({ids[0], 0, 9});
    window.note({ids[0], 0, 9});  // twice the same report counts once
    CHECK_FALSE(window.take_confirmed());

    window.send_again();  // only what has no report
    std::vector<std::uint64_t> again;
    window.send(any, [&](const model::record&, std::uint64_t id) {
        again.push_back(id);
        return true;
    });
    CHECK(again == std::vector<std::uint64_t>{ids[1]});

    window.note({ids[1], 2, 7});
    const auto first = window.take_confirmed();
    REQUIRE(first);
    CHECK(first->what.through == offset{1});
    CHECK(first->places[1].place.topic == "b");
    CHECK(first->places[1].place.partition == 2);
    CHECK(first->places[1].place.position == 7);
    REQUIRE(window.take_confirmed());
    CHECK(window.empty());
    CHECK(window.bytes() == 0);
    window.note({ids[1], 2, 7});  // a late one of a range that is gone
}

TEST_CASE("kafka window: sends again what was reported behind a record of its key that was not", "[bus][kafka]")
{
    bus::kafka::window window(100'000, 100);
    bus::publication one;
    one.records = {{.topic = "a", .key = "k"},
                   {.topic = "a", .key = "k"},
                   {.topic = "a", .key = "other"},
                   {.topic = "b", .key = "k"}};
    window.add(std::move(one));
    std::vector<std::uint64_t> ids;
    const auto collect = [&](const model::record&, std::uint64_t id) {
        ids.push_back(id);
        return true;
    };
    window.send(any, collect);
    for (std::size_t i = 1; i < 4; i++)
        window.note({ids[i], 0, 0});
    const auto first = ids;
    ids.clear();
    window.send_again();
    window.send(any, collect);
    CHECK(ids == std::vector<std::uint64_t>{first[0], first[1]});
    window.note({first[1], 0, 1});
    CHECK_FALSE(window.take_confirmed());
    window.note({first[0], 0, 0});
    CHECK(window.take_confirmed());
}

TEST_CASE("kafka window: goes on from the record that could not be sent", "[bus][kafka]")
{
    bus::kafka::window window(100'000, 100);
    bus::publication one;
    one.records = {{.value = "1"}, {.value = "2"}, {.value = "3"}};
    window.add(std::move(one));
    std::vector<std::string> sent;
    window.send(any, [&](const model::record& record, std::uint64_t) {
        if (sent.size() == 1)
            return false;
        sent.push_back(record.value);
        return true;
    });
    window.send(any, [&](const model::record& record, std::uint64_t) {
        sent.push_back(record.value);
        return true;
    });
    CHECK(sent == std::vector<std::string>{"1", "2", "3"});
}

TEST_CASE("kafka window: after a new producer took over, all is sent again but what Kafka holds", "[bus][kafka]")
{
    bus::kafka::window window(100'000, 100, offset{2});
    const auto add = [&](offset through, std::initializer_list<std::uint64_t> messages) {
        bus::publication one{.through = through};
        for (const auto at : messages)
            one.records.push_back({.topic = "a", .at = {at}});
        window.add(std::move(one));
    };
    add({4}, {3, 4});
    add({4}, {1, 2});  // were Held when it was their turn
    add({6}, {5, 6});
    std::vector<std::uint64_t> sent;
    std::vector<std::uint64_t> ids;
    const auto collect = [&](const model::record& record, std::uint64_t id) {
        sent.push_back(record.at.value);
        ids.push_back(id);
        return true;
    };
    window.send(any, collect);
    CHECK(sent == std::vector<std::uint64_t>{3, 4, 1, 2, 5, 6});
    window.note({ids[0], 2, 40});

    sent.clear();
    window.start_over();
    const bus::kafka::progress there{.through = {5}, .journal = "mine", .released = {{2}}};
    window.send([&](bus::kafka::window::range& one) { return bus::kafka::window::skip(one, there), true; }, collect);
    CHECK(sent == std::vector<std::uint64_t>{1, 6});
    const auto first = window.take_confirmed();
    REQUIRE(first);
    CHECK(first->places[0].place.position == 40);  // its report was right after all
    CHECK(first->places[1].place.position == -1);
    CHECK_FALSE(window.take_confirmed());
}

TEST_CASE("kafka window: a message whose record is refused is not sent at all, and says why", "[bus][kafka]")
{
    bus::kafka::window window(100'000, 100);
    bus::publication one{.through = {2}};
    one.records = {{.topic = "a", .at = {1}}, {.topic = "b", .at = {1}}, {.topic = "a", .at = {2}}};
    window.add(std::move(one));
    std::vector<std::uint64_t> ids;
    window.send([](bus::kafka::window::range& range) { return bus::kafka::window::refuse(range, {1}, "too large"), true; },
                [&](const model::record& record, std::uint64_t id) {
                    CHECK(record.at == offset{2});
                    ids.push_back(id);
                    return true;
                });
    REQUIRE(ids.size() == 1);
    window.note({ids[0], 0, 7});
    const auto done = window.take_confirmed();
    REQUIRE(done);
    CHECK(done->places[0].refused == "too large");
    CHECK(done->places[1].refused == "too large");
    CHECK(done->places[2].refused.empty());
}

TEST_CASE("kafka window: what a range keeps in memory counts, also where it has no records", "[bus][kafka]")
{
    bus::kafka::window window(100, 100);
    window.add({.through = {1}, .kept_bytes = 60});
    CHECK(window.has_room());
    window.add({.through = {2}, .kept_bytes = 60});
    CHECK_FALSE(window.has_room());
    window.send(any, [](const auto&, auto) { return true; });
    REQUIRE(window.take_confirmed());
    CHECK(window.bytes() == 60);
}
