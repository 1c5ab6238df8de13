#include "broker/settings/node.hpp"
#include "broker/settings/section.hpp"
#include "broker/settings/words.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

settings::section section_of(std::string_view yaml)
{
    model::issues found;
    auto tree = settings::read_yaml(yaml, "/srv/t.yaml", found);
    REQUIRE(tree);
    REQUIRE(found.empty());
    auto node = std::make_shared<settings::section::node>();
    node->file = "/srv/t.yaml";
    node->line = 1;
    node->value = std::make_shared<const settings::tree>(std::move(*tree));
    return settings::section(node);
}

std::string finished(settings::section& from)
{
    model::issues found;
    const bool fine = from.finish(found);
    CHECK(fine != model::has_error(found));
    std::string all;
    for (const auto& one : found)
        all += model::to_text(one) + "\n";
    return all;
}

}  // namespace

TEST_CASE("section: reads each type, and gives the default where a key is absent", "[settings]")
{
    auto from = section_of("a: x\nb: 7\nc: true\nd: 16MiB\ne: 5m\nf: never\ng: two\nh: [p, q]\ni: one\nj: sub/file\nk: 12\n");
    CHECK(from.text("a") == "x");
    CHECK(from.text("zz", "y") == "y");
    CHECK(from.required("a") == "x");
    CHECK(from.integer("b", 1, 0, 10) == 7);
    CHECK(from.integer("zz", 1, 0, 10) == 1);
    CHECK(from.flag("c", false));
    CHECK(from.size("d", 1, 0, 1 << 30) == 16u << 20);
    CHECK(from.duration("e", 1s) == 5min);
    CHECK(from.duration("f", std::nullopt) == std::nullopt);
    CHECK(from.duration("zz", std::nullopt) == std::nullopt);
    CHECK(from.one_of("g", "one", {"one", "two"}) == "two");
    CHECK(from.list("h") == std::vector<std::string>{"p", "q"});
    CHECK(from.list("i") == std::vector<std::string>{"one"});
    CHECK(from.list("zz").empty());
    CHECK(from.path("j") == "/srv/sub/file");
    CHECK(from.path("zz", "/etc/x") == "/etc/x");
    CHECK(from.integer_or_never("k", std::nullopt, 1, 20) == 12);
    CHECK(from.integer_or_never("f", 3, 1, 20) == std::nullopt);
    CHECK(from.integer_or_never("zz", 3, 1, 20) == 3);
    CHECK(finished(from) == "");
}

TEST_CASE("bad input: a read with a default always gives a value, and says what was expected", "[settings]")
{
    auto from = section_of("a: never\nb: 10m\nc: -1\nd: 99999999999999999999\ne: 5 MiB\nf: 40000d\ng: \"\"\nh: [a, [b]]\n");
    CHECK(from.duration("a", 3s) == 3s);
    CHECK(from.integer("c", 4, 0, 10) == 4);
    CHECK(from.integer("d", 4, 0, 10) == 4);
    CHECK(from.size("e", 5, 0, 10) == 5);
    CHECK(from.size("b", 5, 0, 10) == 5);
    CHECK(from.duration("f", 3s) == 3s);
    CHECK(from.required("g", "a name") == "");
    CHECK(from.required("zz", "a name") == "");
    CHECK(from.list("h") == std::vector<std::string>{"a"});
    CHECK(finished(from)
          == "/srv/t.yaml:1: a: expected a span such as 250ms, 30s, 5m, 12h or 7d\n"
             "/srv/t.yaml:3: c: expected a whole number from 0 to 10\n"
             "/srv/t.yaml:4: d: expected a whole number from 0 to 10\n"
             "/srv/t.yaml:5: e: expected a size such as 512KiB or 16MiB, from 0 to 10\n"
             "/srv/t.yaml:2: b: expected a size such as 512KiB or 16MiB, from 0 to 10\n"
             "/srv/t.yaml:6: f: expected a span such as 250ms, 30s, 5m, 12h or 7d\n"
             "/srv/t.yaml:7: g: expected a name\n"
             "/srv/t.yaml:1: \"zz\" is missing, expected a name\n"
             "/srv/t.yaml:8: h: expected a text or a list of texts\n");
}

TEST_CASE("section: finish names what nobody asked for, here and in the sections taken from here, each time anew", "[settings]")
{
    auto from = section_of("a: {x: 1, tls: {certificate: c, kay: d}}\nb: {y: 1}\n");
    auto a = from.child("a");
    a.integer("x", 0, 0, 9);
    auto tls = a.child("tls");
    tls.path("certificate");
    tls.secret("key");
    auto b = from.apart("b");
    CHECK(finished(from) == "/srv/t.yaml:1: unknown key \"kay\", did you mean \"key\"?\n");
    CHECK(finished(from) == "");
    CHECK(finished(b) == "/srv/t.yaml:2: unknown key \"y\", expected none here\n");
}

TEST_CASE("section: a room can read its section again, long after the issues of the load are gone", "[settings]")
{
    settings::section kept;
    {
        auto from = section_of("mllp: {port: x}\n");
        kept = from.apart("mllp");
        CHECK(finished(from) == "");
    }
    for (int time = 0; time < 2; time++) {
        CHECK(kept.integer("port", 2575, 0, 65535) == 2575);
        CHECK(finished(kept) == "/srv/t.yaml:1: port: expected a whole number from 0 to 65535\n");
    }
}

TEST_CASE("section: pairs keep the file's order and resolve secrets", "[settings]")
{
    ::setenv("TIELINE_TEST_PAIR", "from the environment", 1);
    auto from = section_of("headers: {Z: 1, A: {env: TIELINE_TEST_PAIR}}\n");
    const auto pairs = from.pairs("headers");
    REQUIRE(pairs.size() == 2);
    CHECK(pairs[0] == std::pair<std::string, std::string>{"Z", "1"});
    CHECK(pairs[1] == std::pair<std::string, std::string>{"A", "from the environment"});
    CHECK(finished(from) == "");
}

TEST_CASE("section: faults and warnings of a room begin with their key and stand at its line", "[settings]")
{
    auto from = section_of("a: 1\nb: 2\n");
    from.text("a");
    from.text("b");
    from.fault("b", "is taken");
    from.fault("b", "b: expected another");
    from.fault("", "something else");
    CHECK(finished(from) == "/srv/t.yaml:2: b: is taken\n/srv/t.yaml:2: b: expected another\n/srv/t.yaml:1: something else\n");
    from.warn("a", "is odd");
    model::issues found;
    CHECK(from.finish(found));
    REQUIRE(found.size() == 1);
    CHECK(found[0].level == model::severity::warning);
}

TEST_CASE("section: an empty one has defaults only", "[settings]")
{
    settings::section none;
    CHECK(none.empty());
    CHECK(none.text("a", "b") == "b");
    CHECK(none.child("x").integer("y", 3, 0, 9) == 3);
    CHECK(none.children("x").empty());
    CHECK(none.items("x").empty());
    CHECK(finished(none) == "");
}

TEST_CASE("words: sizes, spans and near words", "[settings]")
{
    CHECK(settings::to_size("0") == 0u);
    CHECK(settings::to_size("2GiB") == 2ULL << 30);
    CHECK(settings::to_size("99999999999GiB") == std::nullopt);
    CHECK(settings::to_size("-1") == std::nullopt);
    CHECK(settings::to_size("") == std::nullopt);
    CHECK(settings::to_duration("90s") == 90s);
    CHECK(settings::to_duration("0") == 0ms);
    CHECK(settings::to_duration("5") == std::nullopt);
    CHECK(settings::to_duration("3650d") == 24h * 3650);
    CHECK(settings::to_duration("3651d") == std::nullopt);
    CHECK(settings::size_text(16 << 20) == "16MiB");
    CHECK(settings::size_text(1000) == "1000");
    CHECK(settings::size_text(0) == "0");
    CHECK(settings::nearest("adress", {"port", "address"}) == "address");
    CHECK(settings::nearest("prot", {"port", "path"}) == "port");
    CHECK(settings::nearest("colour", {"port", "path"}) == "");
    CHECK(settings::nearest("a", {"b"}) == "");
}
