#include "broker/app/commands.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace tieline;

namespace {

struct outcome {
    int exit = app::all_well;
    std::vector<std::string> lines{};
};

/// Runs `check` or `route` as the program does, and keeps what it prints on standard output.
outcome run(std::vector<std::string> words)
{
    CLI::App app;
    outcome made;
    app::add_check(app, made.exit);
    app::add_route(app, made.exit);
    std::ostringstream out;
    auto* before = std::cout.rdbuf(out.rdbuf());
    std::reverse(words.begin(), words.end());
    app.parse(words);
    std::cout.rdbuf(before);
    std::istringstream in(out.str());
    for (std::string line; std::getline(in, line);)
        made.lines.push_back(line);
    return made;
}

rapidjson::Document object(const std::string& line)
{
    rapidjson::Document json;
    json.Parse(line);
    REQUIRE(json.IsObject());
    return json;
}

const std::string demo = TIELINE_SOURCE "/config/demo.yaml";
const std::string messages = TIELINE_SOURCE "/config/demo/";

std::vector<std::string> names(const rapidjson::Document& in, const char* list, const char* member)
{
    std::vector<std::string> all;
    for (const auto& one : in[list].GetArray())
        all.emplace_back(one[member].GetString());
    return all;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("tieline check: says that all is well, in words and as JSON", "[app]")
{
    const auto words = run({"check", demo});
    CHECK(words.exit == app::all_well);
    CHECK(words.lines == texts{demo + ": 3 listeners, 5 routes, 2 destinations: all well"});
    const auto json = run({"check", demo, "--json"});
    CHECK(json.exit == app::all_well);
    REQUIRE(json.lines.size() == 1);
    CHECK(object(json.lines[0])["faults"].GetInt() == 0);
}

TEST_CASE("bad input: tieline check names every fault as JSON and ends with 2", "[app]")
{
    const tests::temporary_folder folder;
    const std::string file = folder.path() + "/t.yaml";
    std::ofstream(file) << "nodes: a\nlisteners:\n  a: {mllp: {port: 1}, adapter: hl7}\n";
    const auto made = run({"check", file, "--json"});
    CHECK(made.exit == app::usage);
    REQUIRE(made.lines.size() >= 3);
    const auto first = object(made.lines[0]);
    CHECK(first["at"].GetString() == file + ":1");
    CHECK(first["level"].GetString() == std::string("error"));
    CHECK(object(made.lines.back())["faults"].GetInt() == 2);
    CHECK(run({"check", folder.path() + "/none.yaml", "--json"}).exit == app::usage);
}

TEST_CASE("tieline route: says where a message would go and why", "[app]")
{
    const auto made = run({"route", messages + "1-admit.hl7", "--config", demo, "--listener", "pas", "--json"});
    CHECK(made.exit == app::all_well);
    REQUIRE(made.lines.size() == 1);
    const auto admit = object(made.lines[0]);
    CHECK(admit["state"].GetString() == std::string("Published"));
    CHECK(names(admit, "topics", "topic") == texts{"tieline.adt"});
    CHECK(names(admit, "destinations", "destination") == texts{"gp-practice"});
    CHECK(admit["routes"][0]["why"].GetString() == std::string("source pas, trigger A01"));
    CHECK(admit["routes"][1]["why"].GetString() == std::string("trigger A01 is not A40"));
    CHECK_FALSE(admit["routes"][1]["matched"].GetBool());

    const auto guessed = run({"route", messages + "1-admit.hl7", "--config", demo, "--json"});
    CHECK(guessed.lines == made.lines);  // lims takes no ADT

    const auto results = run({"route", messages + "3-results.hl7", "--config", demo, "--listener", "lims", "--json"});
    CHECK(results.exit == app::all_well);
    CHECK(names(object(results.lines.at(0)), "topics", "topic") == texts{"tieline.oru.v2", "tieline.oru"});

    const auto referral = run({"route", messages + "7-referral.json", "--config", demo, "--json"});
    CHECK(referral.exit == app::all_well);
    CHECK(names(object(referral.lines.at(0)), "topics", "topic") == texts{"tieline.referral"});
}

TEST_CASE("tieline route: prints the same for people", "[app]")
{
    const auto made = run({"route", messages + "1-admit.hl7", "--config", demo, "--listener", "pas"});
    std::string all;
    for (const auto& line : made.lines)
        all += line + "\n";
    CAPTURE(all);
    CHECK(made.lines.at(0) == "message                    ADT A01");
    CHECK(all.find("would end as               Published\n") != all.npos);
    CHECK(all.find("  admissions                 yes: source pas, trigger A01\n") != all.npos);
    CHECK(all.find("  merges                     no:  trigger A01 is not A40\n") != all.npos);
    CHECK(all.find("  gp-practice                fhir, direct-care, by admissions\n") != all.npos);
}

TEST_CASE("bad input: tieline route says why a message would be refused or filtered, and ends with 1", "[app]")
{
    const auto state = [](const std::string& file, const std::string& listener) {
        const auto made = run({"route", file, "--config", demo, "--listener", listener, "--json"});
        CHECK(made.exit == app::some_refused);
        return std::string(object(made.lines.at(0))["state"].GetString());
    };
    CHECK(state(messages + "6-broken.hl7", "pas") == "Refused");
    CHECK(state(messages + "8-broken.json", "gp") == "Refused");
    CHECK(state(messages + "1-admit.hl7", "lims") == "Refused");  // it takes ORU only
    CHECK(state(messages + "1-admit.hl7", "gp") == "Refused");
    CHECK(run({"route", messages + "1-admit.hl7", "--config", demo, "--listener", "nobody"}).exit == app::usage);
    CHECK(run({"route", messages + "6-broken.hl7", "--config", demo}).exit == app::usage);  // refused by pas and by lims
    CHECK(run({"route", "/no/such/file", "--config", demo}).exit == app::failed);
    CHECK(run({"route", demo, "--config", demo}).exit == app::some_refused);  // no adapter can read YAML
}
