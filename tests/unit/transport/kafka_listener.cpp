#include "broker/transport/kafka/kafka.hpp"
#include "tests/support/mock_kafka.hpp"
#include "tests/unit/transport/wire.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using namespace tieline::tests;
using transport::kafka::make_listener;

namespace {

std::string reading(const mock_cluster& from, const std::string& topic = "feed")
{
    return "kafka: {servers: '" + from.servers() + "', topic: " + topic + ", group: g, properties: {log_level: 2}}";
}

std::vector<std::string> bytes(const noting_intake& of)
{
    std::vector<std::string> all;
    for (const auto& one : of.came())
        all.push_back(one.bytes);
    return all;
}

std::string fault(const std::string& keys)
{
    try {
        running_listener made(make_listener, "kafka: {" + keys + "}");
        return {};
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

}  // namespace

TEST_CASE("kafka listener: takes the records of a partition in order, each with its place as its identity", "[transport][kafka]")
{
    mock_cluster cluster({"feed"});
    for (const auto* value : {"first", "second", "third"})
        cluster.put("feed", 2, value);
    running_listener at(make_listener, reading(cluster));
    at.start();
    REQUIRE(eventually([&] { return at.intake.came().size() == 3; }));
    CHECK(bytes(at.intake) == std::vector<std::string>{"first", "second", "third"});
    const auto last = at.intake.came().back();
    CHECK(last.identity == "feed/2/2");
    CHECK(last.peer == "kafka feed/2/2");
    CHECK(last.sender == "one");
    CHECK(at.row().state.get() == "listening");
}

TEST_CASE("kafka listener: what can't be stored now is tried again, and what is behind it waits", "[transport][kafka]")
{
    mock_cluster cluster({"feed"});
    cluster.put("feed", 0, "first");
    cluster.put("feed", 0, "second");
    running_listener at(make_listener, reading(cluster));
    std::atomic<int> asked{0};
    at.intake.answer = [&](const model::received&) {
        return transport::reply{.what = ++asked == 1 ? transport::reply::kind::unavailable : transport::reply::kind::stored};
    };
    at.start();
    REQUIRE(eventually([&] { return at.intake.came().size() == 3; }));
    CHECK(bytes(at.intake) == std::vector<std::string>{"first", "first", "second"});
}

TEST_CASE("kafka listener: after a restart it goes on behind what was stored, not behind what was read", "[transport][kafka]")
{
    mock_cluster cluster({"feed"});
    cluster.put("feed", 0, "stored");
    cluster.put("feed", 0, "refused by the disk");
    {
        running_listener at(make_listener, reading(cluster));
        at.intake.answer = [](const model::received& one) {
            return transport::reply{.what = one.bytes == "stored" ? transport::reply::kind::stored : transport::reply::kind::unavailable};
        };
        at.start();
        REQUIRE(eventually([&] { return at.intake.came().size() >= 2; }));
        CHECK(at.stop(5s));
    }
    running_listener at(make_listener, reading(cluster));
    at.start();
    REQUIRE(eventually([&] { return !at.intake.came().empty(); }));
    CHECK(at.intake.came().front().bytes == "refused by the disk");
}

TEST_CASE("bad input: kafka listener: a record that is too large or has no value is refused, and what is behind it is taken",
          "[transport][kafka]")
{
    mock_cluster cluster({"feed"});
    cluster.put("feed", 0, std::string(2000, 'x'));
    cluster.put("feed", 0, "");
    cluster.put("feed", 0, "right");
    auto keys = reading(cluster);
    keys.insert(keys.find("topic:"), "max_record: 1KiB, ");
    running_listener at(make_listener, keys);
    at.start();
    REQUIRE(eventually([&] { return at.intake.came().size() == 1; }));
    CHECK(at.intake.came().front().bytes == "right");
    REQUIRE(at.intake.refused().size() == 2);
    CHECK(at.intake.refused()[0].diagnostics == "the record is larger than this listener allows, 1024 bytes");
}

TEST_CASE("bad input: kafka listener: Kafka that is not there is told and waited for", "[transport][kafka]")
{
    mock_cluster cluster({"feed"});
    cluster.down();
    running_listener at(make_listener, reading(cluster));
    at.start();
    REQUIRE(eventually([&] { return !at.row().last_error.get().empty(); }));
    CHECK(at.row().state.get() == "not listening");
    cluster.up();
    cluster.put("feed", 1, "late");
    REQUIRE(eventually([&] { return at.intake.came().size() == 1; }));
    CHECK(at.row().state.get() == "listening");
    CHECK(at.stop(5s));
}

TEST_CASE("bad input: kafka listener: wrong keys are named with what was expected", "[transport][kafka]")
{
    const std::string right = "servers: a:1, topic: t, group: g";
    CHECK(fault("topic: t, group: g").ends_with("servers: expected at least one host:port"));
    CHECK(fault("servers: a:1, group: g").find("topic") != std::string::npos);
    CHECK(fault("servers: a:1, topic: t").find("a consumer group of this Tieline's alone") != std::string::npos);
    CHECK(fault(right + ", properties: {enable.auto.commit: true}").find("Tieline sets enable.auto.commit itself") != std::string::npos);
    CHECK(fault(right + ", properties: {no.such: 1}").find("No such configuration property: \"no.such\"") != std::string::npos);
}
