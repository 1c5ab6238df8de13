#include "broker/bus/kafka/progress.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using namespace tieline::bus::kafka;

TEST_CASE("kafka progress: the newest note of this node counts, and no other node's", "[bus][kafka]")
{
    const auto found = read_progress("tie1", {progress_note("tie1", {7}, "mine"), progress_note("tie10", {99}, "other"),
                                              progress_note("tie1", {9}, "mine"), hello_note("tie1")});
    REQUIRE(found.has_value());
    CHECK(found->through == offset{9});
    CHECK(found->journal == "mine");
    CHECK(found->holds({9}, false));
    CHECK_FALSE(found->holds({10}, false));
}

TEST_CASE("kafka progress: a message that came after its turn is known by a note of its own, of the same journal", "[bus][kafka]")
{
    const auto found = read_progress("tie1", {progress_note("tie1", {9}, "mine"), released_note("tie1", {4}, "mine"),
                                              released_note("tie1", {5}, "older")});
    REQUIRE(found.has_value());
    CHECK(found->holds({4}, true));
    CHECK_FALSE(found->holds({5}, true));
    CHECK_FALSE(found->holds({6}, true));
}

TEST_CASE("bad input: kafka progress: a note that can't be read is an error, not a beginning", "[bus][kafka]")
{
    CHECK(read_progress("tie1", {{"tie1", "nine mine"}}).has_error());
    CHECK(read_progress("tie1", {{"tie1", "9"}}).has_error());
    CHECK(read_progress("tie1", {{"tie1/x", "9"}})->journal.empty());
}

TEST_CASE("kafka progress: Kafka and journal go on together only where neither is older than the other", "[bus][kafka]")
{
    const auto words = [](const progress& there, std::string_view journal) { return contradiction(there, journal, {10}, {20}); };
    CHECK(words({.through = {10}, .journal = "mine"}, "mine").empty());
    CHECK(words({.through = {20}, .journal = "mine"}, "mine").empty());
    CHECK(words({}, "").empty());  // both are new to each other
    CHECK(words({.through = {9}, .journal = "mine"}, "mine") ==
          "Kafka is behind the journal: through 9, the journal is published through 10");
    CHECK(words({.through = {21}, .journal = "mine"}, "mine") ==
          "the journal is older than Kafka: through 21, the journal's last entry is 20");
    CHECK(words({.through = {15}, .journal = "other"}, "mine") == "another journal wrote under this node's name, through 15");
    CHECK(words({.through = {15}, .journal = "other"}, "") == "another journal wrote under this node's name, through 15");
    CHECK(words({}, "mine") == "Kafka has no record of this node's progress, the journal is published through 10");
}
