#include "sample.hpp"

#include <algorithm>

using namespace sample;

namespace {

// What became of a place of a message.
const model::explanation& at(const converted& made, const std::string& place)
{
    const auto& all = made.made.explained;
    const auto one = std::find_if(all.begin(), all.end(), [&](const auto& other) { return other.at == place; });
    INFO(place);
    REQUIRE(one != all.end());
    return *one;
}

converted explained(const std::string& message) { return converted(message, {.explain = true}); }

}  // namespace

TEST_CASE("hl7v2 explain: each value names the elements that it filled and the rows that did it", "[hl7v2][explain]")
{
    const auto made = explained(header("ADT^A01^ADT_A01") + patient);
    const auto& family = at(made, "PID-5.1");
    REQUIRE(family.to.size() == 1);
    CHECK(family.to[0].element.ends_with(".resource.name[0].family"));
    CHECK(family.to[0].row.starts_with("maps/datatypes/"));
    REQUIRE(family.to[0].through.size() >= 2);
    CHECK(family.to[0].through[0].starts_with("maps/messages/ADT_A01.map:"));
    CHECK(family.to[0].through[1].find("S|PID[Patient]|PID-5|1") != std::string::npos);
    CHECK(at(made, "PID-3[2].1").to.front().element.ends_with(".identifier[1].value"));
    CHECK(at(made, "PID-8").to.front().through.back().find("T|AdministrativeSex|F|1") != std::string::npos);
    CHECK(at(made, "MSH-10").to.front().element == "Bundle.identifier.value");
}

TEST_CASE("hl7v2 explain: what is kept as text leads to the extension that keeps it", "[hl7v2][explain]")
{
    const auto made = explained(header("ADT^A01^ADT_A01") + segment("PID", {{3, "1"}, {8, "Q"}, {23, "Hull"}}));
    CHECK(at(made, "PID-8").to.front().element.find(".resource.extension[") != std::string::npos);
    CHECK(made.all("Patient").front()->FindMember("extension")->value.Size() == 2);  // one list, not two of the same name
}

TEST_CASE("hl7v2 explain: what fills nothing says why", "[hl7v2][explain]")
{
    const auto made = explained(header("ADT^A01^ADT_A01") +
                                segment("PID", {{3, "1"}, {5, "A^B^^^^^L^X"}, {24, "Y"}, {25, "2"}, {27, "V"}, {35, "\"\""}}) + "ZZ1|mine\rSPM|1\r");
    CHECK(at(made, "PID-5.8").reason == "no row of XPN[HumanName] names XPN.8");
    CHECK(at(made, "PID-24").reason.ends_with(" does not hold: not PID-25"));
    CHECK(at(made, "PID-27").reason == "no row of PID[Patient] names PID-27");
    CHECK(at(made, "PID-35").reason == "it says that there is no value (\"\")");
    CHECK(at(made, "ZZ1-1").reason == "a Z-segment that no map speaks of");
    CHECK(at(made, "SPM-1").reason == "the structure of message ADT_A01 has no segment SPM");
}

TEST_CASE("hl7v2 explain: every leaf has one account, also the parts of a component and of a repetition", "[hl7v2][explain]")
{
    const auto made = explained(header("ADT^A01^ADT_A01") + segment("PID", {{3, "1^^^A&B&C~2"}, {27, "V^W~X"}}));
    std::vector<std::string> places;
    for (const auto& one : made.made.explained) {
        CHECK(one.to.empty() != one.reason.empty());
        if (one.at.starts_with("PID"))
            places.push_back(one.at);
    }
    CHECK(places == std::vector<std::string>{"PID-3.1", "PID-3.4.1", "PID-3.4.2", "PID-3.4.3", "PID-3[2]", "PID-27.1", "PID-27.2", "PID-27[2]"});
}

TEST_CASE("hl7v2 explain: the Bundle is the same with and without", "[hl7v2][explain]")
{
    const auto message = header("ADT^A01^ADT_A01") + patient;
    CHECK(explained(message).made.bundle == converted(message, {}).made.bundle);
    CHECK(converted(message, {}).made.explained.empty());
}
