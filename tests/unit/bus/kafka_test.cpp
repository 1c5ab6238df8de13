#include "broker/bus/bus.hpp"
#include "broker/bus/kafka/window.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <thread>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

/// librdkafka's own Kafka, in this process.
class mock_cluster {
public:
    explicit mock_cluster(const std::vector<std::string>& topics)
    {
        char why[256];
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "log_level", "2", why, sizeof why);
        owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
        REQUIRE(owner_);
        cluster_ = rd_kafka_mock_cluster_new(owner_, 1);
        REQUIRE(cluster_);
        for (const auto& one : topics)
            REQUIRE(rd_kafka_mock_topic_create(cluster_, one.c_str(), 6, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    ~mock_cluster()
    {
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(owner_);
    }
    mock_cluster(const mock_cluster&) = delete;
    mock_cluster& operator=(const mock_cluster&) = delete;

    std::string servers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
    void down() { rd_kafka_mock_broker_set_down(cluster_, 1); }
    void up() { rd_kafka_mock_broker_set_up(cluster_, 1); }
    void fail_produce(std::vector<rd_kafka_resp_err_t> errors)
    {
        rd_kafka_mock_push_request_errors_array(cluster_, 0, errors.size(), errors.data());  // 0: Produce
    }

    /// The values on a topic, by partition, in order, until `count` came or the time ran out.
    std::map<std::int32_t, std::vector<std::string>> read(const std::string& topic, std::size_t count,
                                                          std::chrono::seconds limit = 10s) const
    {
        char why[256];
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", servers().c_str(), why, sizeof why);
        rd_kafka_conf_set(conf, "group.id", "tests", why, sizeof why);
        rd_kafka_conf_set(conf, "log_level", "2", why, sizeof why);
        auto* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
        auto* all = rd_kafka_topic_partition_list_new(6);
        for (int i = 0; i < 6; i++)
            rd_kafka_topic_partition_list_add(all, topic.c_str(), i)->offset = RD_KAFKA_OFFSET_BEGINNING;
        rd_kafka_assign(consumer, all);
        rd_kafka_topic_partition_list_destroy(all);
        std::map<std::int32_t, std::vector<std::string>> found;
        std::size_t seen = 0;
        const auto until = std::chrono::steady_clock::now() + limit;
        while (seen < count && std::chrono::steady_clock::now() < until) {
            auto* one = rd_kafka_consumer_poll(consumer, 100);
            if (one && !one->err) {
                found[one->partition].emplace_back(static_cast<char*>(one->payload), one->len);
                seen++;
            }
            if (one)
                rd_kafka_message_destroy(one);
        }
        rd_kafka_consumer_close(consumer);
        rd_kafka_destroy(consumer);
        return found;
    }

private:
    rd_kafka_t* owner_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

bool eventually(const std::function<bool()>& holds, std::chrono::seconds limit = 20s)
{
    for (const auto until = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < until;) {
        if (holds())
            return true;
        std::this_thread::sleep_for(5ms);
    }
    return holds();
}

struct kafka {
    tests::temporary_folder folder{};
    std::unique_ptr<store::store> store = store::store::open(folder.path()).value();
    observe::board board{};
    std::unique_ptr<bus::bus> bus{};

    explicit kafka(const std::string& servers, settings::bus given = {})
    {
        bus::registry kinds;
        bus::add_builtin(kinds);
        given.kind = "kafka";
        given.servers = {servers};
        given.replication = 1;
        given.properties.emplace_back("log_level", "2");
        model::issues found;
        bus = kinds.make(given, {.store = *store, .board = board, .node = "tie1"}, found);
        CHECK(found.empty());
        REQUIRE(bus);
    }

    /// Offset `at`, one record of its own value, and the cursor that says it.
    void publish(std::uint64_t at, const std::string& topic = "t", std::function<void()> committed = {})
    {
        bus::publication one;
        const auto value = std::to_string(at);
        one.records.push_back(
            {.topic = topic, .key = std::to_string(at % 5), .value = value, .headers = {{"ce_id", value}}, .at = {at}});
        one.through = {at};
        one.placed = [](store::batch& effects, const std::vector<model::topic_place>& places) {
            const auto& place = places[0];
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
    kafka at(cluster.servers());
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
    kafka at(cluster.servers());
    at.publish(1);
    REQUIRE(at.through(1));
    cluster.fail_produce({RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
    for (std::uint64_t i = 2; i <= 200; i++)
        at.publish(i);
    REQUIRE(at.through(200));
    check_order(cluster.read("t", ~0U, 2s), 200, false);
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
    check_order(cluster.read("t", ~0U, 2s), 20, false);
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
    window.send(collect);
    REQUIRE(ids.size() == 4);
    window.send(collect);
    CHECK(ids.size() == 4);

    window.note({ids[3], 1, 5});
    window.note({ids[2], 1, 4});
    CHECK_FALSE(window.take_confirmed());
    window.note({ids[0], 0, 9});
    window.note({ids[0], 0, 9});  // twice the same report counts once
    CHECK_FALSE(window.take_confirmed());

    window.send_again();  // only what has no report
    std::vector<std::uint64_t> again;
    window.send([&](const model::record&, std::uint64_t id) {
        again.push_back(id);
        return true;
    });
    CHECK(again == std::vector<std::uint64_t>{ids[1]});

    window.note({ids[1], 2, 7});
    const auto first = window.take_confirmed();
    REQUIRE(first);
    CHECK(first->what.through == offset{1});
    CHECK(first->places[1].topic == "b");
    CHECK(first->places[1].partition == 2);
    CHECK(first->places[1].position == 7);
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
    window.send(collect);
    for (std::size_t i = 1; i < 4; i++)
        window.note({ids[i], 0, 0});
    const auto first = ids;
    ids.clear();
    window.send_again();
    window.send(collect);
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
    window.send([&](const model::record& record, std::uint64_t) {
        if (sent.size() == 1)
            return false;
        sent.push_back(record.value);
        return true;
    });
    window.send([&](const model::record& record, std::uint64_t) {
        sent.push_back(record.value);
        return true;
    });
    CHECK(sent == std::vector<std::string>{"1", "2", "3"});
}
