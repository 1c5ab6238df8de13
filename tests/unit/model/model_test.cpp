#include "broker/model/decision.hpp"
#include "broker/model/issue.hpp"

#include <catch2/catch.hpp>

using namespace tieline::model;

TEST_CASE("issues: only errors and fatal ones count as an error", "[model]")
{
    CHECK_FALSE(has_error({}));
    CHECK_FALSE(has_error({{.level = severity::warning}, {.level = severity::information}}));
    CHECK(has_error({{.level = severity::warning}, {.level = severity::error}}));
    CHECK(has_error({{.level = severity::fatal}}));
}

TEST_CASE("issues: an OperationOutcome names where and what", "[model]")
{
    const auto outcome = operation_outcome({{.code = "value", .at = "PID-7", .diagnostics = "no date, expected YYYYMMDD"}});
    CHECK(outcome == R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"value",)"
                     R"("diagnostics":"no date, expected YYYYMMDD","expression":["PID-7"]}]})");
}

TEST_CASE("issues: an OperationOutcome without issues says that all is well, as R4 requires one", "[model]")
{
    CHECK(operation_outcome({}) == R"({"resourceType":"OperationOutcome","issue":[{"severity":"information",)"
                                   R"("code":"informational","diagnostics":"All OK"}]})");
}

TEST_CASE("states: have the names that people see", "[model]")
{
    CHECK(name(message_state::filtered) == "Filtered");
    CHECK(name(delivery_state::skipped) == "Skipped");
    CHECK(name(content::fhir) == "application/fhir+json");
}
