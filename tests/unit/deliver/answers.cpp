#include "broker/deliver/answers.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using deliver::answers;
using deliver::parcel;
using verdict = deliver::attempt::verdict;

namespace {

verdict v2(std::string_view acknowledgment, std::string_view code, const parcel& one = {})
{
    return answers().of_v2(acknowledgment, code, one).what;
}

verdict http(int status, const parcel& one = {}) { return answers().of_http(status, one).what; }

// The answers of a kind's options, as a configuration has them.
answers from_yaml(const std::string& text, bool for_http, model::issues& found)
{
    const auto yaml = "listeners: {}\nroutes: []\ndestinations:\n  lab: {fhir: {answers: " + text + "}}\n";
    auto given = settings::parse(yaml, "test.yaml", found);
    found.clear();
    auto& options = given.destinations.at(0).options;
    auto made = for_http ? answers::read_http(options) : answers::read_v2(options);
    options.finish(found);
    return made;
}

}  // namespace

TEST_CASE("deliver answers: a positive acknowledgment is a delivery", "[deliver]")
{
    CHECK(v2("AA", "") == verdict::delivered);
    CHECK(v2("CA", "") == verdict::delivered);
}

TEST_CASE("deliver answers: v2 codes about the message hold it", "[deliver]")
{
    for (const auto* code : {"100", "101", "102", "103", "200", "201", "202", "203", "204"}) {
        CHECK(v2("AE", code) == verdict::hold);
        CHECK(v2("AR", code) == verdict::hold);
    }
}

TEST_CASE("deliver answers: a duplicate is delivered after a retry, held at the first try", "[deliver]")
{
    CHECK(v2("AE", "205") == verdict::hold);
    CHECK(v2("AE", "205", {.repeated = true}) == verdict::delivered);
    CHECK(http(409) == verdict::hold);
    CHECK(http(409, {.repeated = true}) == verdict::delivered);
}

TEST_CASE("deliver answers: a locked record and an error inside the receiver are retried for ever", "[deliver]")
{
    CHECK(v2("AE", "206", {.answered = 50}) == verdict::retry);
    CHECK(v2("CE", "207", {.answered = 50}) == verdict::retry);
    CHECK(v2("AR", "", {.answered = 50}) == verdict::retry);
    CHECK(v2("CR", "", {.answered = 50}) == verdict::retry);
}

TEST_CASE("deliver answers: AE and CE without a code hold at the third answer", "[deliver]")
{
    CHECK(v2("AE", "", {.answered = 0}) == verdict::retry);
    CHECK(v2("AE", "", {.answered = 1}) == verdict::retry);
    CHECK(v2("AE", "", {.answered = 2}) == verdict::hold);
    CHECK(v2("CE", "", {.answered = 2}) == verdict::hold);
    CHECK(v2("AE", "", {.tries = 40, .answered = 0}) == verdict::retry);
}

TEST_CASE("deliver answers: HTTP statuses mean what the design's table says", "[deliver]")
{
    for (const int status : {200, 201, 202, 204})
        CHECK(http(status) == verdict::delivered);
    for (const int status : {408, 425, 429, 500, 502, 503, 504})
        CHECK(http(status) == verdict::retry);
    for (const int status : {401, 403, 404, 405, 301, 302})
        CHECK(http(status) == verdict::fault);
    for (const int status : {400, 410, 412, 413, 422})
        CHECK(http(status) == verdict::hold);
}

TEST_CASE("deliver answers: 429 and 503 are of the destination as a whole, 500 of the message", "[deliver]")
{
    CHECK(answers().of_http(503, {}).destination_down);
    CHECK(answers().of_http(429, {}).destination_down);
    CHECK_FALSE(answers().of_http(500, {}).destination_down);
}

TEST_CASE("deliver answers: a destination's own answers go before the table", "[deliver]")
{
    model::issues found;
    const auto own = from_yaml("{AE: retry, AR: hold, \"204\": delivered}", false, found);
    CHECK(found.empty());
    CHECK(own.of_v2("AE", "", {.answered = 9}).what == verdict::retry);
    CHECK(own.of_v2("AE", "101", {}).what == verdict::retry);
    CHECK(own.of_v2("AE", "204", {}).what == verdict::delivered);
    CHECK(own.of_v2("AR", "", {}).what == verdict::hold);

    const auto web = from_yaml("{422: retry, 500: hold}", true, found);
    CHECK(found.empty());
    CHECK(web.of_http(422, {}).what == verdict::retry);
    CHECK(web.of_http(500, {}).what == verdict::hold);
    CHECK(web.of_http(400, {}).what == verdict::hold);
}

TEST_CASE("bad input: unknown codes and words in `answers` are named with their line", "[deliver]")
{
    model::issues found;
    from_yaml("{AX: hold, AE: perhaps}", false, found);
    REQUIRE(found.size() == 2);
    CHECK(found[0].at == "test.yaml:4");
    CHECK(found[0].diagnostics.find("AX") != std::string::npos);
    CHECK(found[1].diagnostics.find("retry, hold or delivered") != std::string::npos);
}

TEST_CASE("bad input: receiver's words never stand in an answer", "[deliver]")
{
    const auto came = answers().of_v2("AE", "Jane Doe", {});
    CHECK(came.answer == "AE");
    CHECK(came.reason.find("Jane") == std::string::npos);
}
