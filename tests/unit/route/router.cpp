#include "broker/route/router.hpp"

#include <catch2/catch.hpp>

using namespace tieline;

namespace {

settings::route named(std::string name, settings::predicate when, std::string topic, std::vector<std::string> to = {},
                      model::content publish = model::content::fhir)
{
    return {.name = std::move(name), .when = std::move(when), .topic = std::move(topic), .publish = publish, .to = std::move(to)};
}

const model::envelope admission{.readable = true,
                                .type = "ADT",
                                .trigger = "A08",
                                .sending_application = "PAS",
                                .sending_facility = "RYJ",
                                .receiving_application = "TIE",
                                .receiving_facility = ""};

std::string why(settings::predicate when, const model::envelope& of = admission, bool matched = false)
{
    const route::router router({named("x", std::move(when), "t")});
    const auto decided = router.decide({.listener = "pas", .envelope = of});
    CHECK(decided.reasons.at(0).matched == matched);
    CHECK(decided.filtered() != matched);
    return decided.reasons.at(0).why;
}

}  // namespace

TEST_CASE("router: says which conditions held, or the first that did not", "[route]")
{
    CHECK(why({.type = {"ADT"}, .trigger = {"A01", "A02", "A03"}}) == "trigger A08 is none of A01, A02, A03");
    CHECK(why({.type = {"ORU"}}) == "type ADT is not ORU");
    CHECK(why({.type = {"ORU", "ADT"}, .trigger = {"A08"}}, admission, true) == "type ADT, trigger A08");
    CHECK(why({}, admission, true) == "takes every message");
    CHECK(why({.source = {"lab"}}) == "source pas is not lab");
    CHECK(why({.source = {"pas"}, .sending_application = {"PAS"}, .sending_facility = {"RYJ"}, .receiving_application = {"TIE"}},
              admission, true)
          == "source pas, sending application PAS, sending facility RYJ, receiving application TIE");
    CHECK(why({.receiving_facility = {"RYJ"}}) == "receiving facility (empty) is not RYJ");
}

TEST_CASE("router: compares exactly", "[route]")
{
    CHECK(why({.type = {"adt"}}) == "type ADT is not adt");
    CHECK(why({.type = {"ADT "}}) == "type ADT is not ADT ");
    CHECK(why({.receiving_facility = {""}}, admission, true) == "receiving facility ");
}

TEST_CASE("bad input: a reason repeats no long or unprintable value of a message", "[route]")
{
    auto odd = admission;
    odd.trigger = std::string(100'000, 'A');
    CHECK(why({.trigger = {"A01"}}, odd) == "trigger (not shown) is not A01");
    odd.trigger = "A\n01";
    CHECK(why({.trigger = {"A01"}}, odd) == "trigger (not shown) is not A01");
}

TEST_CASE("router: all routes that match apply, and the first that names a topic or destination decides its form", "[route]")
{
    const route::router router({
        named("first", {.type = {"ADT"}}, "adt", {"practice", "audit"}),
        named("never", {.type = {"ORU"}}, "oru", {"lab"}),
        named("second", {.trigger = {"A08"}}, "adt", {"audit", "lab"}, model::content::original),
        named("third", {}, "all", {}, model::content::original),
    });
    const auto decided = router.decide({.listener = "pas", .envelope = admission});

    REQUIRE(decided.topics.size() == 2);
    CHECK(decided.topics[0].topic == "adt");
    CHECK(decided.topics[0].form == model::content::fhir);
    CHECK(decided.topics[0].route == "first");
    CHECK(decided.topics[0].purpose == "direct-care");
    CHECK(decided.topics[1].topic == "all");
    CHECK(decided.topics[1].form == model::content::original);

    REQUIRE(decided.destinations.size() == 3);
    CHECK(decided.destinations[1].destination == "audit");
    CHECK(decided.destinations[1].form == model::content::fhir);
    CHECK(decided.destinations[2].destination == "lab");
    CHECK(decided.destinations[2].route == "second");

    REQUIRE(decided.reasons.size() == 4);
    CHECK(decided.reasons[1].route == "never");
    CHECK_FALSE(decided.reasons[1].matched);
    CHECK(decided.reasons[3].matched);
}

TEST_CASE("router: a message that no route takes is filtered", "[route]")
{
    const route::router router({named("a", {.type = {"ORU"}}, "oru"), named("b", {.type = {"MDM"}}, "oru")});
    const auto decided = router.decide({.listener = "pas", .envelope = admission});
    CHECK(decided.filtered());
    CHECK(decided.destinations.empty());
    CHECK(decided.reasons.size() == 2);
    CHECK(route::router({}).decide({.listener = "pas", .envelope = admission}).filtered());
    CHECK(router.topics() == std::vector<std::string>{"oru"});
}

TEST_CASE("router: a copy decides by its own routes", "[route]")
{
    auto first = std::make_unique<route::router>(std::vector{named("a", {.type = {"ADT"}}, "adt")});
    const route::router copy = *first;
    first.reset();
    CHECK(copy.decide({.listener = "pas", .envelope = admission}).topics.at(0).route == "a");
}
