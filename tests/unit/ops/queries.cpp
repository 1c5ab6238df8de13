#include "broker/ops/queries.hpp"

#include "broker/journal/outcomes.hpp"
#include "broker/ops/json.hpp"
#include "tests/unit/ops/desk.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using tests::desk;
using tests::json_of;

namespace {

std::string text(const rapidjson::Value& of, const char* name) { return of[name].GetString(); }

/// The states of a trace's story, `Received Published …`.
std::string story(const rapidjson::Value& way)
{
    std::string all;
    for (const auto& line : way["story"].GetArray())
        all += (all.empty() ? "" : " ") + text(line, "what");
    return all;
}

}  // namespace

TEST_CASE("ops: status tells of every part of the running broker", "[ops]")
{
    desk here;
    const auto at = now().time_since_epoch().count();
    here.board.listener("pas").last_message.set(at - 4'000'000);
    here.board.bus().appended.set(12);
    here.board.bus().published.set(10);
    here.board.bus().oldest_unpublished.set(at - 2'000'000);
    here.board.certificate_expiry("pas.pem").set(at + 86'400'000'000 * 20);
    here.board.not_ready().set("disk full");
    const auto said = json_of(ops::status(here.board, *here.store, *here.given));

    CHECK(said["running"].GetBool());
    CHECK(text(said, "node") == "tie1");
    CHECK_FALSE(said["ready"].GetBool());
    CHECK(text(said, "not_ready") == "disk full");
    CHECK(said["bus"]["behind"].GetInt() == 2);
    CHECK(said["bus"]["lag_seconds"].GetDouble() >= 2);
    CHECK(text(said["listeners"][0], "condition") == "ok");
    CHECK(said["listeners"][0]["silent_seconds"].GetDouble() >= 4);
    REQUIRE(said["routes"][0]["destinations"].Size() == 2);
    CHECK(said["routes"][0]["destinations"][1].GetString() == std::string("archive"));
    CHECK(said["certificates"][0]["days_left"].GetDouble() == Approx(20).margin(0.01));
}

TEST_CASE("ops: status says null for what never happened", "[ops]")
{
    desk here;
    const auto said = json_of(ops::status(here.board, *here.store, *here.given));
    CHECK(said["listeners"][0]["last_message"].IsNull());
    CHECK(said["listeners"][0]["silent_seconds"].IsNull());
}

TEST_CASE("ops: status of a broker that does not run comes from its store", "[ops]")
{
    desk here;
    REQUIRE(here.dispatcher->pause("lab", "analyser moves", "uid 7").empty());
    here.message("A1", "lab");
    here.message("A2", "lab");
    const auto said = json_of(ops::status_at_rest(*here.store, *here.given));

    CHECK_FALSE(said["running"].GetBool());
    CHECK(said["bus"]["appended"].GetInt() == 2);
    const auto& lab = said["destinations"][1];
    CHECK(text(lab, "name") == "lab");
    CHECK(lab["backlog"].GetInt() == 2);
    CHECK(text(lab, "condition") == "paused");
    CHECK(text(lab, "state") == "paused by uid 7: analyser moves");
    CHECK(lab["oldest_waiting_seconds"].IsNumber());
}

TEST_CASE("ops: a trace is a message's whole way, by control id and by Tieline id, without its content", "[ops]")
{
    desk here;
    const auto at = here.message("A1", "lab");
    REQUIRE(here.holds(1));
    const auto by_control_id = ops::traces(*here.store, "tie1", "A1");
    REQUIRE(by_control_id.has_value());
    CHECK(*by_control_id == *ops::traces(*here.store, "tie1", tieline_id("tie1", at)));
    CHECK(by_control_id->find("SECRET") == std::string::npos);

    const auto found = json_of(*by_control_id);
    REQUIRE(found.Size() == 1);
    const auto& way = found[0];
    CHECK(text(way, "control_id") == "A1");
    CHECK(text(way, "type") == "ADT^A01");
    CHECK(text(way, "state") == "Published");
    CHECK(text(way["received"], "listener") == "pas");
    CHECK(text(way["received"], "peer") == "10.1.0.7:51234");
    CHECK(way["received"]["bytes"].GetInt() == 15);
    CHECK(text(way["received"], "sha256").size() == 16);
    CHECK(text(way["issues"][0], "at") == "PID-7");
    CHECK(text(way["routes"][0], "why") == "type ADT");
    CHECK(text(way["topics"][0], "name") == "tieline.adt");
    CHECK(way["topics"][0]["places"][0]["position"].GetInt() == 17);
    CHECK(text(way["destinations"][0], "state") == "Held");
    CHECK(text(way["destinations"][0], "why") == "the receiver calls it wrong");
    CHECK(story(way) == "Received Normalised Published Held");
}

TEST_CASE("ops: a trace says what is refused, filtered, stored or delivered", "[ops]")
{
    desk here;
    here.stored("R1", true);
    here.outcome(here.stored("F1"), {.state = model::message_state::filtered, .reason = "no route takes it", .published_at = now()});
    here.stored("S1");
    here.message("D1", "archive");
    REQUIRE(tests::eventually([&] { return here.board.destination("archive").delivered.get() == 1; }));
    REQUIRE(tests::eventually([&] { return ops::traces(*here.store, "tie1", "D1")->find("Delivered") != std::string::npos; }));
    const auto state = [&](const char* id) { return text(json_of(*ops::traces(*here.store, "tie1", id))[0], "state"); };
    CHECK(state("R1") == "Refused");
    CHECK(state("F1") == "Filtered");
    CHECK(state("S1") == "Stored");
    CHECK(text(json_of(*ops::traces(*here.store, "tie1", "F1"))[0], "reason") == "no route takes it");
    CHECK(text(json_of(*ops::traces(*here.store, "tie1", "D1"))[0]["destinations"][0], "state") == "Delivered");
}

TEST_CASE("ops: several messages of one control id are listed newest first", "[ops]")
{
    desk here;
    here.stored("A1", false, "one");
    here.stored("A1", false, "other");
    const auto found = json_of(*ops::traces(*here.store, "tie1", "A1"));
    REQUIRE(found.Size() == 2);
    CHECK(text(found[0], "id") == "tie1.2");
    CHECK(text(found[1], "id") == "tie1.1");
    CHECK(story(found[0]) == "Received Flagged");
}

TEST_CASE("ops: nothing is found of an unknown id", "[ops]")
{
    desk here;
    CHECK(*ops::traces(*here.store, "tie1", "tie1.99") == "[]");
    CHECK(*ops::traces(*here.store, "tie1", "none") == "[]");
}

TEST_CASE("bad input: a control id that is not UTF-8 is shown as UTF-8", "[ops]")
{
    desk here;
    here.stored("caf\xE9\x1B[2J");
    const auto found = json_of(*ops::traces(*here.store, "tie1", "caf\xE9\x1B[2J"));
    CHECK(text(found[0], "control_id") == "caf\xEF\xBF\xBD\x1B[2J");
    for (const std::string broken : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x80\x80\x80"})
        CHECK(ops::as_utf8(broken).starts_with("\xEF\xBF\xBD"));
    CHECK(ops::as_utf8("Zo\xC3\xAB \xE2\x82\xAC \xF0\x9F\x8F\xA5") == "Zo\xC3\xAB \xE2\x82\xAC \xF0\x9F\x8F\xA5");
}

TEST_CASE("ops: held messages are listed with their reason, those before the bus too", "[ops]")
{
    desk here;
    here.message("A1", "lab");
    REQUIRE(here.holds(1));
    const auto at = here.stored("N1");
    here.outcome(at, {.state = model::message_state::held, .reason = "PID-3 is missing"});
    store::batch changes;
    deliver::put_delivery(changes, {.destination = std::string(deliver::before_the_bus), .at = at, .what = {.state = model::delivery_state::held}});
    REQUIRE_FALSE(here.store->commit(std::move(changes), store::durability::buffered));

    const auto all = json_of(*ops::held(*here.store, "tie1", ""));
    REQUIRE(all.Size() == 2);
    CHECK(text(all[0], "control_id") == "N1");
    CHECK(text(all[0], "reason") == "PID-3 is missing");
    CHECK(text(all[1], "control_id") == "A1");
    CHECK(text(all[1], "reason") == "the receiver calls it wrong");
    CHECK(text(all[1], "answer").find("AE 204") != std::string::npos);
    CHECK(json_of(*ops::held(*here.store, "tie1", "lab")).Size() == 1);
    CHECK(json_of(ops::status(here.board, *here.store, *here.given))["held_before_bus"].GetInt() == 1);
}
