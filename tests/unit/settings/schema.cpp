// The JSON Schema in config/ says what the reader says: both take every example, and both refuse what is wrong.
#include "broker/settings/settings.hpp"
#include "broker/settings/tree.hpp"

#include <catch2/catch.hpp>
#include <rapidjson/document.h>
#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

using namespace tieline;

namespace {

std::string content(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// As JSON: the types of YAML 1.2's core schema.
rapidjson::Value to_json(const settings::tree& from, rapidjson::Document::AllocatorType& in)
{
    using kind = settings::tree::kind;
    rapidjson::Value made;
    if (from.what == kind::list) {
        made.SetArray();
        for (const auto& one : from.inside)
            made.PushBack(to_json(one, in), in);
    } else if (from.what == kind::mapping) {
        made.SetObject();
        for (const auto& one : from.inside)
            made.AddMember(rapidjson::Value(one.key, in), to_json(one, in), in);
    } else if (from.what == kind::text) {
        const char *begin = from.text.data(), *end = begin + from.text.size();
        std::int64_t whole = 0;
        double number = 0;
        if (!from.quoted && (from.text == "true" || from.text == "false"))
            made.SetBool(from.text == "true");
        else if (const auto read = std::from_chars(begin, end, whole); !from.quoted && read.ec == std::errc{} && read.ptr == end)
            made.SetInt64(whole);
        else if (const auto again = std::from_chars(begin, end, number); !from.quoted && again.ec == std::errc{} && again.ptr == end)
            made.SetDouble(number);
        else
            made.SetString(from.text, in);
    }
    return made;
}

class json_schema {
public:
    json_schema()
    {
        document_.Parse(content(TIELINE_SOURCE "/config/tieline.schema.json"));
        REQUIRE_FALSE(document_.HasParseError());
        valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
        parser.populateSchema(valijson::adapters::RapidJsonAdapter(document_), schema_);
    }

    /// What is wrong; empty when nothing is.
    std::string refuses(std::string_view yaml)
    {
        model::issues found;
        const auto tree = settings::read_yaml(yaml, "t.yaml", found);
        REQUIRE(tree);
        rapidjson::Document json;
        const rapidjson::Value value = to_json(*tree, json.GetAllocator());
        valijson::Validator validator;
        valijson::ValidationResults results;
        std::string all;
        if (!validator.validate(schema_, valijson::adapters::RapidJsonAdapter(value), &results))
            for (valijson::ValidationResults::Error error; results.popError(error);)
                all += (error.context.empty() ? "" : error.context.back()) + ": " + error.description + "\n";
        return all;
    }

private:
    rapidjson::Document document_;
    valijson::Schema schema_;
};

bool reader_refuses(std::string_view yaml)
{
    model::issues found;
    settings::parse(yaml, "t.yaml", found);
    return model::has_error(found);
}

/// A configuration that is right, with more lines.
std::string with(std::string_view more)
{
    return "listeners:\n  pas: {mllp: {port: 2575}, adapter: hl7v2}\n" + std::string(more);
}

void set_secrets()
{
    for (const char* name : {"GP_TOKEN", "PRACTICE_TOKEN", "TIELINE_GP_TOKEN"})
        ::setenv(name, "Bearer 0123456789abcdef", 1);
}

}  // namespace

TEST_CASE("config: the reader and the schema take every example", "[settings][config]")
{
    set_secrets();
    json_schema schema;
    for (const std::string name : {"demo", "trust", "kafka", "tls"}) {
        const std::string file = TIELINE_SOURCE "/config/" + name + ".yaml";
        const std::string yaml = content(file);
        INFO(name);
        model::issues found;
        const auto given = settings::load(file, found);
        settings::check(given, found);
        for (const auto& one : found) {
            INFO(model::to_text(one));
            CHECK(one.level == model::severity::warning);
        }
        CHECK(schema.refuses(yaml) == "");
        CHECK_FALSE(given.listeners.empty());
        CHECK_FALSE(given.routes.empty());
    }
}

TEST_CASE("config: the reader and the schema take what the reference allows", "[settings][config]")
{
    json_schema schema;
    for (const std::string& yaml : {
             with(""),
             with("node: a_B-9\ndata: here\nops: {port: 0}\nretention: {finished: 0s, disk_reserve: 1000}\n"),
             with("bus: {kind: embedded, prefix: \"\", partitions: 1}\n"),
             with("bus: {kind: kafka, servers: a:1, properties: {a: 1, b: true, c: x}}\n"),
             with("bus: {kind: kafka, servers: a:1, exactly_once: false}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2, ack: published}\n"),
             std::string("listeners:\n  a: {kafka: {servers: a:1, topic: t, group: g, max_record: 1MiB, properties: {a: b}}, adapter: fhir}\n"),
             std::string("listeners:\n  a: {folder: {path: x, pattern: \"*.hl7\", poll: 1s, settle: 0, max_file: 1MiB}, adapter: {name: fhir}}\n"),
             std::string("listeners:\n  a: {mllp: , adapter: hl7v2, accept: {version: [2.3, 2.5.1]}, duplicate_window: 0, patient_key: NHS}\n"),
             with("routes:\n  - {name: a b, topic: x.y, when: {source: pas, type: [ADT, ORU]}}\n"),
             with("destinations:\n  a: {discard: }\n  b: {mllp: {host: h, port: 1}, set: {MSH-5: LAB, MSH-11: P}, retry: {hold_after: 3}}\n"),
         }) {
        INFO(yaml);
        const bool zero = yaml.find("finished: 0s") != yaml.npos;  // only the reader knows that this span is above 0
        CHECK(reader_refuses(yaml) == zero);
        CHECK(schema.refuses(yaml) == "");
    }
}

TEST_CASE("bad input: the reader and the schema refuse the same", "[settings][config]")
{
    json_schema schema;
    for (const std::string& yaml : {
             std::string("- a\n"),
             with("colour: blue\n"),
             with("node: a b\n"),
             with("node: [a]\n"),
             with("data: {}\n"),
             with("bus: embedded\n"),
             with("bus: {partitions: 0}\n"),
             with("bus: {partitions: six}\n"),
             with("bus: {kind: kafka, servers: a:1, exactly_once: once}\n"),
             with("bus: {prefix: \"a b\"}\n"),
             with("site_key: secret-in-the-file\n"),
             with("site_key: {env: A, file: B}\n"),
             with("ops: {port: 65536}\n"),
             with("ops: {port: \"9464\"}\n"),
             with("ops: {colour: blue}\n"),
             with("retention: {finished: never}\n"),
             with("retention: {finished: 1.5h}\n"),
             with("retention: {disk_reserve: 2GB}\n"),
             std::string("listeners: []\n"),
             std::string("listeners:\n  a: {adapter: hl7v2}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, http: {port: 2}, adapter: hl7v2}\n"),
             std::string("listeners:\n  a: {mllp: 2575, adapter: hl7v2}\n"),
             std::string("listeners:\n  a/b: {mllp: {port: 1}, adapter: hl7v2}\n"),
             std::string("listeners:\n  ..: {mllp: {port: 1}, adapter: hl7v2}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: {time_zone: Europe/London}}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2, mode: orignal}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2, ack: received}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2, application_ack: {}}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2, application_ack: [a]}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2, application_ack: {to: a, by: b}}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2, always_reply: yes}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2, fron: [10.0.0.0/8]}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2, from: {a: b}}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2, from: [[a]]}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2, accept: {types: ADT}}\n"),
             std::string("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2, duplicate_window: long}\n"),
             with("routes: {a: b}\n"),
             with("routes:\n  - {topic: a}\n"),
             with("routes:\n  - {name: a}\n"),
             with("routes:\n  - {name: a, topic: a/b}\n"),
             with("routes:\n  - {name: a, topic: a, publish: json}\n"),
             with("routes:\n  - {name: a, topic: a, purpose: research}\n"),
             with("routes:\n  - {name: a, topic: a, when: {event: A01}}\n"),
             with("routes:\n  - {name: a, topic: a, when: [A01]}\n"),
             with("destinations:\n  a:\n"),
             with("destinations:\n  a: {connections: 1}\n"),
             with("destinations:\n  a: {discard: , connections: 0}\n"),
             with("destinations:\n  a: {discard: , retry: {hold_after: often}}\n"),
             with("destinations:\n  a: {discard: , retry: {first: 1}}\n"),
             with("destinations:\n  a: {discard: , timeout: soon}\n"),
             with("destinations:\n  a: {discard: , headers: {\"a b\": c}}\n"),
             with("destinations:\n  a: {discard: , headers: {a: [b]}}\n"),
         }) {
        INFO(yaml);
        CHECK(reader_refuses(yaml));
        CHECK(schema.refuses(yaml) != "");
    }
}
