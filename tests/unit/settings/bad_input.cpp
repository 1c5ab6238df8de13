#include "broker/settings/settings.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

using namespace tieline;

namespace {

std::string faults(std::string_view yaml)
{
    model::issues found;
    const auto given = settings::parse(yaml, "t.yaml", found);
    if (!model::has_error(found))
        settings::check(given, found);
    std::string text;
    for (const auto& one : found)
        text += std::string(model::name(one.level)) + " " + model::to_text(one) + "\n";
    return text;
}

bool says(const std::string& text, std::string_view part)
{
    CAPTURE(text, part);
    const bool found = text.find(part) != text.npos;
    CHECK(found);
    return found;
}

/// One listener and a route that takes its messages, with lines of the test's own.
std::string with_listener(std::string_view line) { return "listeners:\n  pas:\n    mllp: {port: 1}\n    adapter: hl7v2\n" + std::string(line); }

}  // namespace

TEST_CASE("bad input: an unknown key is an error that names the nearest known one", "[settings]")
{
    const std::string text = faults("node: a\nlisteners:\n  pas:\n    mllp: {port: 1}\n    adaptor: hl7v2\n    fron: [10.0.0.0/8]\nrutes: []\n");
    says(text, "error t.yaml:5: unknown key \"adaptor\", did you mean \"adapter\"?");
    says(text, "error t.yaml:6: unknown key \"fron\", did you mean \"from\"?");
    says(text, "error t.yaml:7: unknown key \"rutes\", did you mean \"routes\"?");
    says(text, "error t.yaml:3: \"adapter\" is missing, expected the format of its messages");
    says(faults("bus: {colour: blue}\n"), "error t.yaml:1: unknown key \"colour\", expected one of: exactly_once, kind, partitions");
}

TEST_CASE("bad input: a value of the wrong type is told with what was expected", "[settings]")
{
    const std::string text = faults(R"(node: [a]
data: {}
bus: embedded
listeners: none
routes: {name: x}
destinations:
  lab: {mllp: {}, connections: many, timeout: 5, retry: {first: 10m, most: 1m, hold_after: often}}
ops: {port: 70000, address: [a]}
retention: {finished: never, size: lots, disk_reserve: 2 GB}
site_key: secretsecretsecret
)");
    says(text, "t.yaml:1: node: expected a text in one line");
    says(text, "t.yaml:2: data: expected a path");
    says(text, "t.yaml:3: bus: expected a mapping");
    says(text, "t.yaml:4: listeners: expected a mapping");
    says(text, "t.yaml:5: routes: expected a list");
    says(text, "t.yaml:7: connections: expected a whole number from 1 to 256");
    says(text, "t.yaml:7: timeout: expected a span such as 250ms");
    says(text, "t.yaml:7: most: expected a span not below \"first\"");
    says(text, "t.yaml:7: hold_after: expected `never` or a whole number from 1 to 1000000");
    says(text, "t.yaml:8: port: expected a whole number from 0 to 65535");
    says(text, "t.yaml:8: address: expected a text in one line");
    says(text, "t.yaml:9: finished: expected a span");
    says(text, "t.yaml:9: size: expected a size such as 512KiB");
    says(text, "t.yaml:9: disk_reserve: expected a size such as 512KiB");
    says(text, "t.yaml:10: site_key: expected {env: NAME} or {file: PATH}");
    CHECK(text.find("secretsecret") == text.npos);
    CHECK(std::count(text.begin(), text.end(), '\n') == 15);
}

TEST_CASE("bad input: numbers and truth values in quotes are texts", "[settings]")
{
    says(faults("ops: {port: \"9464\"}\n"), "expected a whole number from 0 to 65535, without quotes");
    says(faults(with_listener("    always_reply: 'true'\n")), "always_reply: expected true or false");
    says(faults(with_listener("    always_reply: yes\n")), "always_reply: expected true or false");
    says(faults(with_listener("    mode: orignal\n")), "mode: expected one of: auto, original, enhanced; did you mean \"original\"?");
}

TEST_CASE("bad input: a missing file is named, a secret never", "[settings]")
{
    model::issues found;
    settings::load("/nowhere/tieline.yaml", found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].at == "/nowhere/tieline.yaml");
    CHECK(found[0].diagnostics == "missing or can't be read, expected a configuration file");

    found.clear();
    settings::load("/", found);
    CHECK(model::has_error(found));

    const std::string text = faults(R"(destinations:
  gp:
    fhir: {url: "http://127.0.0.1/"}
    headers: {Authorization: {file: no-such-token}, X-Key: {env: TIELINE_NOT_SET}, "bad name": x, X-Two: {env: A, file: B}}
)");
    says(text, "t.yaml:4: Authorization: the file ");
    says(text, "no-such-token is missing or can't be read");
    says(text, "t.yaml:4: X-Key: the environment variable TIELINE_NOT_SET is not set");
    says(text, "t.yaml:4: X-Two: expected {env: NAME} or {file: PATH}");
    says(text, "t.yaml:4: headers: expected names of HTTP headers");
}

TEST_CASE("bad input: a secret file that is empty, too long or of two lines is refused", "[settings]")
{
    const auto folder = std::filesystem::temp_directory_path() / ("tieline-settings-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const auto said = [&](const std::string& content) {
        std::ofstream(folder / "key") << content;
        return faults("site_key: {file: \"" + (folder / "key").string() + "\"}\n");
    };
    says(said(""), "site_key: the file " + (folder / "key").string() + " is empty");
    says(said("one line of a key\nanother line of a key\n"), "holds more than one line");
    says(said(std::string(70'000, 'x')), "is missing or can't be read");
    says(said("short\n"), "expected a secret of at least 16 bytes");
    CHECK(said("0123456789abcdef\n").find("error") == std::string::npos);
    std::filesystem::remove_all(folder);
}

TEST_CASE("bad input: the same key twice is an error with both lines", "[settings]")
{
    says(faults("node: a\nops: {port: 1}\nnode: b\n"), "error t.yaml:3: the key \"node\" stands here again, it is on line 1 already");
    says(faults("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2}\n  a: {mllp: {port: 2}, adapter: hl7v2}\n"),
         "t.yaml:3: the key \"a\" stands here again");
}

TEST_CASE("bad input: aliases that would stand for gigabytes are refused at the first", "[settings]")
{
    std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
    for (char name = 'b'; name <= 'k'; name++) {
        const std::string last(1, static_cast<char>(name - 1));
        bomb += std::string(1, name) + ": &" + name + " [*" + last + ", *" + last + ", *" + last + ", *" + last + "]\n";
    }
    says(faults(bomb), "error t.yaml:1: an anchor (&name) stands here, expected plain values");
    says(faults("a: *b\n"), "t.yaml:1: ");
    says(faults("a: !!binary aGk=\n"), "a tag (!name) stands here");
}

TEST_CASE("bad input: deep nesting, many values and large files are refused quickly", "[settings]")
{
    const auto begin = std::chrono::steady_clock::now();
    for (const std::string open : {"[", "{", "a: [", "- ", "? ", "{a: "}) {
        std::string deep;
        while (deep.size() + open.size() < 1 << 20)
            deep += open;
        const std::string text = faults(deep);
        CAPTURE(open);
        CHECK(text.starts_with("error t.yaml:1: "));
    }
    says(faults(std::string(40, '[') + std::string(40, ']')), "nested more than 32 deep");
    std::string many = "a: [x";
    for (int count = 0; count < 100'000; count++)
        many += ",x";
    says(faults(many + "]\n"), "more than 100000 values");
    says(faults("node: " + std::string(1 << 20, 'x') + "\n"), "larger than 1 MiB");
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}

TEST_CASE("bad input: what is no YAML is told with its line", "[settings]")
{
    says(faults("node: a\nbus: {kind: embedded\n"), "error t.yaml:3: not YAML: ");
    says(faults("node: a\n\tbus: x\n"), "error t.yaml:2: not YAML: ");
    says(faults("listeners:\n  pas:\n    mllp: {port: 1\n"), "error t.yaml:4: not YAML: expected `,` or `}` to end what `{` began");
    says(faults("ops:\n   port: 1\n  address: ::1\n"), "error t.yaml:3: not YAML: expected `key: value`, indented as its neighbours");
    says(faults("node: \"a\nbus: {}\n"), "error t.yaml:1: a text in quotes does not end on its line");
    says(faults("node: 'a''\nbus: {}\n"), "error t.yaml:1: a text in quotes does not end on its line");
    CHECK(faults("node: \"a\\x41\" # \"\n'ops': {address: '::1'}\n").find("error") == std::string::npos);
    says(faults("- a\n- b\n"), "error t.yaml:1: expected a mapping");
    says(faults("just words"), "error t.yaml:1: expected a mapping");
    says(faults(""), "error t.yaml:1: expected a mapping");
    says(faults("node: a\n---\nnode: b\n"), "error t.yaml:2: a second document begins here");
    says(faults(std::string("node: a\0b\n", 10)), "holds a byte of value 0");
    says(faults("{[a, b]: c}\n"), "error t.yaml:1: expected a text as key");
    says(faults("node: \"a\\nb\"\n"), "node: expected a text in one line");
    std::string noise;
    for (unsigned state = 7, count = 0; count < 200; count++) {
        noise.clear();
        for (int byte = 0; byte < 300; byte++)
            noise += static_cast<char>((state = state * 1103515245u + 12345u) >> 16);
        CHECK(faults(noise).starts_with("error t.yaml"));
    }
}

TEST_CASE("bad input: a listener or destination needs exactly one kind", "[settings]")
{
    says(faults("listeners:\n  pas: {adapter: hl7v2}\n"), "t.yaml:2: expected exactly one way in, as in mllp: {port: 2575}");
    const std::string two = faults("listeners:\n  pas: {mllp: {port: 1}, http: {port: 2}, adapter: hl7v2}\n");
    says(two, "expected exactly one way in, as in mllp: {port: 2575}; found mllp, http");
    CHECK(two.find("unknown key") == two.npos);
    says(faults("destinations:\n  lab:\n"), "expected exactly one way out");
    says(faults("listeners:\n  pas: {mllp: 2575, adapter: hl7v2}\n"), "mllp: expected a mapping");
    says(faults("listeners:\n  pas: {mllp: {port: 1}, adapter: hl7v2, colour: blue}\n"), "unknown key \"colour\"");
}

TEST_CASE("bad input: names that would not do as file names, topics or labels are refused", "[settings]")
{
    says(faults("node: a b\n"), "node: expected a name");
    says(faults("listeners:\n  \"p/s\": {mllp: {port: 1}, adapter: hl7v2}\n"), "t.yaml:2: expected a name of 1 to 100");
    says(faults("routes:\n  - {name: a, topic: \"a b\"}\n"), "topic: expected a name");
    says(faults("routes:\n  - {name: a, topic: ..}\n"), "topic: expected a name");
    says(faults("routes:\n  - {topic: adt}\n"), "t.yaml:2: \"name\" is missing");
    says(faults("bus: {prefix: \"a/\"}\n"), "prefix: expected at most 100 letters");
}
