#include "broker/bus/bus.hpp"
#include "broker/bus/partition.hpp"
#include "broker/store/entry.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace tieline;

namespace {

struct embedded {
    tests::temporary_folder folder{};
    std::unique_ptr<store::store> store{};
    observe::board board{};
    std::unique_ptr<bus::bus> bus{};

    embedded() { open(); }

    void open(offset from = {})
    {
        bus.reset();
        store.reset();
        store = store::store::open(folder.path()).value();
        bus::registry kinds;
        bus::add_builtin(kinds);
        model::issues found;
        settings::bus given;
        bus = kinds.make(given, {.store = *store, .board = board, .node = "tie1", .from = from}, found);
        REQUIRE(bus);
    }

    /// Puts the contents that records refer to where the pipeline and the journal put them.
    void put_contents(offset at, const std::string& original, const std::string& bundle)
    {
        store::batch contents;
        contents.put(store::family::entry, store::key_of(at.value), store::entry_value({.bytes = original}, {}));
        contents.put(store::family::bundle, store::key_of(at.value), store::compress(bundle));
        REQUIRE_FALSE(store->commit(std::move(contents), store::durability::buffered));
    }
};

model::record record(std::string topic, std::string key, std::uint64_t at, model::content form = model::content::fhir)
{
    return {.topic = std::move(topic),
            .key = std::move(key),
            .form = form,
            .headers = {{"ce_id", "tie1." + std::to_string(at)}},
            .at = {at}};
}

bus::publication range(std::vector<model::record> records, std::uint64_t through)
{
    bus::publication made;
    made.records = std::move(records);
    made.through = {through};
    return made;
}

}  // namespace

TEST_CASE("embedded bus: a record is read with its content, key, form and headers", "[bus][embedded]")
{
    embedded at;
    at.put_contents({7}, "MSH|7", "{\"resourceType\":\"Bundle\"}");
    bool committed = false;
    std::vector<bus::placement> places;
    auto given = range({record("t.adt", "k", 7), record("t.v2", "k", 7, model::content::original)}, 7);
    given.effects.put(store::family::cursor, "mine", "7");
    given.placed = [&](store::batch& effects, const std::vector<bus::placement>& where) {
        places = where;
        effects.put(store::family::cursor, "placed", "yes");
    };
    given.committed = [&] { committed = true; };
    REQUIRE(at.bus->publish(std::move(given)));

    CHECK(committed);
    CHECK(at.bus->published_through() == offset{7});
    CHECK(at.store->get(store::family::cursor, "mine").value() == "7");
    CHECK(at.store->get(store::family::cursor, "placed").value() == "yes");
    REQUIRE(places.size() == 2);
    CHECK(places[0].place.topic == "t.adt");
    CHECK(places[0].place.position == 0);
    const auto partition = bus::partition_of("k", settings::bus{}.partitions);
    CHECK(places[0].place.partition == partition);

    const auto adt = bus::read_embedded(*at.store, "t.adt", partition, 0, 10).value();
    REQUIRE(adt.size() == 1);
    CHECK(adt[0].value == "{\"resourceType\":\"Bundle\"}");
    CHECK(adt[0].key == "k");
    CHECK(adt[0].at == offset{7});
    CHECK(adt[0].topic == "t.adt");
    CHECK(adt[0].headers == std::vector<std::pair<std::string, std::string>>{{"ce_id", "tie1.7"}});
    const auto v2 = bus::read_embedded(*at.store, "t.v2", partition, 0, 10).value();
    REQUIRE(v2.size() == 1);
    CHECK(v2[0].value == "MSH|7");
    CHECK(v2[0].form == model::content::original);
    CHECK(at.board.topic("t.adt").records.get() == 1);
    CHECK(at.board.topic("t.adt").partitions.get() == settings::bus{}.partitions);
    CHECK(at.board.bus().published.get() == 7);
}

TEST_CASE("embedded bus: positions of a partition grow by one, also over a restart", "[bus][embedded]")
{
    embedded at;
    const auto partition = bus::partition_of("k", settings::bus{}.partitions);
    for (std::uint64_t i = 1; i <= 5; i++) {
        at.put_contents({i}, "MSH|", "{}");
        REQUIRE(at.bus->publish(range({record("t", "k", i)}, i)));
        if (i == 3)
            at.open({3});
        CHECK(at.bus->published_through() == offset{i});
    }
    const auto all = bus::read_embedded(*at.store, "t", partition, 0, 10).value();
    REQUIRE(all.size() == 5);
    for (std::size_t i = 0; i < all.size(); i++)
        CHECK(all[i].at == offset{i + 1});
    CHECK(bus::read_embedded(*at.store, "t", partition, 3, 10).value().size() == 2);
    CHECK(bus::read_embedded(*at.store, "t", partition, 0, 2).value().size() == 2);
    CHECK(at.board.topic("t").records.get() == 5);
    at.bus->ensure_topics({"t", "u"});
    CHECK(at.board.topic("t").records.get() == 5);
    CHECK(at.board.topic("u").records.get() == 0);
}

TEST_CASE("embedded bus: a topic whose name begins another's keeps its records apart", "[bus][embedded]")
{
    embedded at;
    at.put_contents({1}, "MSH|", "{}");
    REQUIRE(at.bus->publish(range({record("t", "k", 1), record("t2", "k", 1), record("t2", "k", 1)}, 1)));
    const auto partition = bus::partition_of("k", settings::bus{}.partitions);
    CHECK(bus::read_embedded(*at.store, "t", partition, 0, 10).value().size() == 1);
    CHECK(bus::read_embedded(*at.store, "t2", partition, 0, 10).value().size() == 2);
}

TEST_CASE("embedded bus: a record whose content is gone is named", "[bus][embedded]")
{
    embedded at;
    REQUIRE(at.bus->publish(range({record("t", "k", 9)}, 9)));
    const auto partition = bus::partition_of("k", settings::bus{}.partitions);
    CHECK(bus::read_embedded(*at.store, "t", partition, 0, 10).error() == store::errc::not_found);
}

TEST_CASE("embedded bus: after stopping nothing is taken any more", "[bus][embedded]")
{
    embedded at;
    at.bus->stop(std::chrono::seconds(1));
    CHECK_FALSE(at.bus->publish(range({}, 1)));
    CHECK(at.bus->published_through() == offset{0});
}

TEST_CASE("bus: keys are placed as Kafka's own producer places them", "[bus]")
{
    // Values of org.apache.kafka.common.utils.UtilsTest.testMurmur2 (negative ones without their sign bit), modulo
    // 2^31 - 1.
    const std::int32_t all = 0x7fffffff;
    CHECK(bus::partition_of("21", all) == (-973932308 & 0x7fffffff) % all);
    CHECK(bus::partition_of("foobar", all) == (-790332482 & 0x7fffffff) % all);
    CHECK(bus::partition_of("a-little-bit-long-string", all) == (-985981536 & 0x7fffffff) % all);
    CHECK(bus::partition_of("a-little-bit-longer-string", all) == (-1486304829 & 0x7fffffff) % all);
    CHECK(bus::partition_of("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", all) == (-58897971 & 0x7fffffff) % all);
    CHECK(bus::partition_of("abc", all) == 479470107);
    CHECK(bus::partition_of("anything", 1) == 0);
    std::set<std::int32_t> seen;
    for (int i = 0; i < 200; i++)
        seen.insert(bus::partition_of(std::to_string(i), 6));
    CHECK(seen == std::set<std::int32_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("bus: a kind can't be there twice, and an unknown one is named with those there are", "[bus]")
{
    bus::registry kinds;
    bus::add_builtin(kinds);
    CHECK(kinds.kinds() == std::vector<std::string>{"embedded", "kafka"});
    CHECK_THROWS_AS(bus::add_builtin(kinds), std::logic_error);
    settings::bus given;
    given.kind = "pigeon";
    model::issues found;
    kinds.check(given, found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].diagnostics == "expected one of embedded, kafka");
}
