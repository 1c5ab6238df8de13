// What each kind reads below its key is what the JSON Schema and the reference say.
#include "broker/deliver/destination.hpp"
#include "broker/observe/board.hpp"
#include "broker/settings/settings.hpp"
#include "broker/transport/listener.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <rapidjson/document.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

using namespace tieline;

namespace {

std::string content(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

rapidjson::Document read_schema()
{
    rapidjson::Document schema;
    schema.Parse(content(TIELINE_SOURCE "/config/tieline.schema.json"));
    REQUIRE(schema.IsObject());
    return schema;
}

/// The keys below a kind in the schema, sorted.
std::vector<std::string> in_schema(const char* part, const std::string& kind)
{
    const auto schema = read_schema();
    const auto& named = schema["properties"][part]["patternProperties"].MemberBegin()->value;
    std::set<std::string> keys;
    for (const auto& one : named["properties"][kind.c_str()]["properties"].GetObject())
        keys.insert(one.name.GetString());
    return {keys.begin(), keys.end()};
}

/// No listener of these tests is opened.
class closed_intake final : public transport::intake {
public:
    boost::asio::awaitable<transport::reply> accept(model::received) override { co_return transport::reply{}; }
    transport::reply refuse(std::string_view, std::string_view, model::issue) override { return {}; }
    bool ready() const override { return false; }
    std::optional<std::string> status(std::string_view, std::string_view, std::string_view) override { return {}; }
};

/// Every key that the schema knows anywhere.
void collect(const rapidjson::Value& from, std::set<std::string>& keys)
{
    if (from.IsArray())
        for (const auto& one : from.GetArray())
            collect(one, keys);
    if (!from.IsObject())
        return;
    for (const auto& one : from.GetObject()) {
        if (one.name != "properties") {
            collect(one.value, keys);
            continue;
        }
        for (const auto& key : one.value.GetObject()) {
            keys.insert(key.name.GetString());
            collect(key.value, keys);
        }
    }
}

}  // namespace

TEST_CASE("config: the schema knows the keys that each kind of listener reads", "[app][config]")
{
    transport::registry kinds;
    transport::add_builtin(kinds);
    for (const auto& kind : kinds.kinds()) {
        model::issues found;
        auto given = settings::parse("listeners: {a: {" + kind + ": {}, adapter: fhir}}\n", "t.yaml", found);
        REQUIRE(given.listeners.size() == 1);
        boost::asio::io_context context;
        closed_intake intake;
        observe::board board;
        kinds.make(given.listeners[0], {context, intake, board}, found);
        auto asked = given.listeners[0].transport.asked();
        if (kind == "mllp" || kind == "http")
            asked.emplace_back("tls");  // read only where it is there
        std::sort(asked.begin(), asked.end());
        asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
        INFO(kind);
        CHECK(asked == in_schema("listeners", kind));
    }
}

TEST_CASE("config: the schema knows the keys that each kind of destination reads", "[app][config]")
{
    deliver::registry kinds;
    deliver::add_builtin(kinds);
    for (const auto& kind : kinds.kinds()) {
        model::issues found;
        auto given = settings::parse("destinations: {a: {" + kind + ": {}}}\n", "t.yaml", found);
        REQUIRE(given.destinations.size() == 1);
        boost::asio::io_context context;
        kinds.make(given.destinations[0], context, found);
        auto asked = given.destinations[0].options.asked();
        if (kind == "mllp" || kind == "fhir")
            asked.emplace_back("tls");
        std::sort(asked.begin(), asked.end());
        asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
        INFO(kind);
        CHECK(asked == in_schema("destinations", kind));
    }
}

TEST_CASE("config: the reference explains every key of the schema", "[app][config]")
{
    const auto schema = read_schema();
    const std::string reference = content(TIELINE_SOURCE "/config/README.md");
    std::set<std::string> keys;
    collect(schema, keys);
    keys.erase("env");  // explained as `{env: NAME}`
    keys.erase("file");
    CHECK(keys.size() > 60);
    for (const auto& key : keys) {
        INFO(key);
        CHECK((reference.find("`" + key + "`") != std::string::npos || reference.find("." + key + "`") != std::string::npos));
    }
}
