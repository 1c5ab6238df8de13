#include "broker/journal/outcomes.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using namespace tieline;

namespace {

struct database {
    tests::temporary_folder folder{};
    std::unique_ptr<store::store> in = store::store::open(folder.path()).value();

    void commit(store::batch changes) { REQUIRE_FALSE(in->commit(std::move(changes), store::durability::buffered)); }
};

}  // namespace

TEST_CASE("outcomes: every part of an outcome is read as it was written", "[journal][outcomes]")
{
    database at;
    model::outcome what{.state = model::message_state::published, .patient_key = "00112233aabbccdd"};
    what.decision.topics.push_back({"adt", model::content::fhir, "admissions", "direct-care"});
    what.decision.destinations.push_back({"lab", model::content::original, "results", "secondary-use"});
    what.decision.reasons.push_back({"admissions", true, "type ADT"});
    what.decision.reasons.push_back({"results", false, "type is none of ORU"});
    what.places.push_back({"tieline.adt", 3, 17});
    what.places.push_back({"tieline.all", 0, -1});
    what.found.push_back({model::severity::warning, "value", 102, "PID-7", "not a date"});
    what.normalised_at = instant(std::chrono::microseconds(5));
    what.published_at = instant(std::chrono::microseconds(9));
    CHECK(journal::read_outcome(*at.in, {4}).value() == std::nullopt);

    store::batch changes;
    journal::put_outcome(changes, {4}, what, "{\"resourceType\":\"Bundle\"}");
    at.commit(std::move(changes));
    const auto read = journal::read_outcome(*at.in, {4}).value().value();
    CHECK(read.state == model::message_state::published);
    CHECK(read.patient_key == what.patient_key);
    REQUIRE(read.decision.topics.size() == 1);
    CHECK(read.decision.topics[0].topic == "adt");
    CHECK(read.decision.topics[0].route == "admissions");
    REQUIRE(read.decision.destinations.size() == 1);
    CHECK(read.decision.destinations[0].destination == "lab");
    CHECK(read.decision.destinations[0].form == model::content::original);
    CHECK(read.decision.destinations[0].purpose == "secondary-use");
    REQUIRE(read.decision.reasons.size() == 2);
    CHECK(read.decision.reasons[0].matched);
    CHECK_FALSE(read.decision.reasons[1].matched);
    CHECK(read.decision.reasons[1].why == "type is none of ORU");
    REQUIRE(read.places.size() == 2);
    CHECK(read.places[0].partition == 3);
    CHECK(read.places[0].position == 17);
    CHECK(read.places[1].position == -1);
    REQUIRE(read.found.size() == 1);
    CHECK(read.found[0].level == model::severity::warning);
    CHECK(read.found[0].v2_code == 102);
    CHECK(read.found[0].diagnostics == "not a date");
    CHECK(read.normalised_at == what.normalised_at);
    CHECK(read.published_at == what.published_at);
    CHECK(journal::read_bundle(*at.in, {4}).value() == "{\"resourceType\":\"Bundle\"}");
    CHECK(journal::read_bundle(*at.in, {5}).error() == store::errc::not_found);
}

TEST_CASE("outcomes: a broken outcome is named", "[journal][outcomes]")
{
    database at;
    store::batch changes;
    changes.put(store::family::outcome, store::key_of(1), "\x01\x01\xff\xff\xff\xff");
    changes.put(store::family::outcome, store::key_of(2), "\x63");
    at.commit(std::move(changes));
    CHECK(journal::read_outcome(*at.in, {1}).error() == store::errc::corrupt);
    CHECK(journal::read_outcome(*at.in, {2}).error() == store::errc::corrupt);
}

TEST_CASE("outcomes: a patient's messages are found after an offset, oldest first", "[journal][outcomes]")
{
    database at;
    store::batch changes;
    for (std::uint64_t i = 1; i <= 6; i++)
        journal::put_outcome(changes, {i}, {.patient_key = i % 2 ? "odd" : "even"}, {});
    at.commit(std::move(changes));
    CHECK(journal::find_patient(*at.in, "odd", {}, 9).value() == std::vector<offset>{{1}, {3}, {5}});
    CHECK(journal::find_patient(*at.in, "odd", {1}, 1).value() == std::vector<offset>{{3}});
    CHECK(journal::find_patient(*at.in, "none", {}, 9).value().empty());
}

TEST_CASE("outcomes: lines of a story keep their order and never overwrite each other", "[journal][outcomes]")
{
    database at;
    const instant time(std::chrono::microseconds(1'000'000));
    store::batch changes;
    const auto later = time + std::chrono::seconds(1);
    journal::put_trace(changes, {1}, {.at = later, .where = "lab", .what = "Delivered", .tries = 2, .answer = "AA"});
    journal::put_trace(changes, {1}, {.at = time, .where = "lab", .what = "held", .why = "asked", .who = "uid 1000"});
    journal::put_trace(changes, {1}, {.at = time, .where = "gp", .what = "released"});
    journal::put_trace(changes, {2}, {.at = time, .what = "Refused"});
    at.commit(std::move(changes));
    const auto lines = journal::read_trace(*at.in, {1}).value();
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].what == "held");
    CHECK(lines[0].who == "uid 1000");
    CHECK(lines[0].why == "asked");
    CHECK(lines[1].what == "released");
    CHECK(lines[2].answer == "AA");
    CHECK(lines[2].tries == 2);
    CHECK(journal::read_trace(*at.in, {3}).value().empty());
}

TEST_CASE("outcomes: published through is 0 at first and then what was written", "[journal][outcomes]")
{
    database at;
    CHECK(journal::read_published_through(*at.in).value() == offset{0});
    store::batch changes;
    journal::put_published_through(changes, {77});
    at.commit(std::move(changes));
    CHECK(journal::read_published_through(*at.in).value() == offset{77});
}
