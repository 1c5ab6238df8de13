#include "adapters/hl7v2/explain.hpp"
#include "sample.hpp"

#include <algorithm>

using namespace sample;
using namespace tieline::adapters::hl7v2;

TEST_CASE("hl7v2 maps: each element can say which field and which row it came from", "[hl7v2][maps]")
{
    model::issues found;
    conversion run(program::compile({}, found), {});
    message read;
    const auto bytes = header("ADT^A01^ADT_A01") + patient;
    REQUIRE(read.read(bytes, found));
    run.run(read, bytes, found);
    CHECK(found.empty());
    const auto all = explain(run);
    const auto of = [&](const std::string& element) -> const explanation& {
        const auto one = std::find_if(all.begin(), all.end(), [&](const auto& other) { return other.element.ends_with(element); });
        REQUIRE(one != all.end());
        return *one;
    };
    CHECK(of("resource.name[0].family").at == "PID-5.1.1");
    CHECK(of("resource.identifier[1].value").at == "PID-3[2].1");
    CHECK(of("resource.gender").at == "PID-8");
    CHECK(of("resource.gender").row->ids == "S|PID[Patient]|PID-8|1");
    CHECK(of("resource.gender").row->at.file == "maps/segments/PID.map");
    CHECK(of("Bundle.identifier.value").at == "MSH-10");
}
