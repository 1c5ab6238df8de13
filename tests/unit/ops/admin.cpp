#include "broker/ops/admin/client.hpp"
#include "broker/ops/queries.hpp"
#include "tests/unit/ops/desk.hpp"

#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace tieline;
using namespace std::chrono_literals;
using tests::desk;

namespace {

std::string error_of(const rapidjson::Document& said) { return said["ok"].GetBool() ? std::string() : said["error"].GetString(); }

std::string me() { return "uid " + std::to_string(::geteuid()); }

/// A desk with one message held at the lab.
struct one_held : desk {
    one_held()
    {
        open();
        REQUIRE(ops_);
        at = message("A1", "lab");
        REQUIRE(holds(1));
    }
    offset at{};
};

}  // namespace

TEST_CASE("admin socket: is for its owner alone, replaces one that was left, and goes with ops", "[ops][admin]")
{
    desk here;
    const auto path = here.data + "/tieline.sock";
    const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(left);
    here.open();
    REQUIRE(here.ops_);
    struct stat about {};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    CHECK(error_of(here.admin(R"({"do":"status"})")).empty());
    here.close();
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK(ops::admin::ask(here.data, R"({"do":"status"})", 1s).error() == boost::system::errc::connection_refused);
}

TEST_CASE("admin socket: a file in its place and a path that is too long are told", "[ops][admin]")
{
    desk here;
    std::ofstream(here.data + "/tieline.sock") << "mine";
    here.open();
    CHECK_FALSE(here.ops_);
    REQUIRE(here.found.size() == 1);
    CHECK(here.found[0].diagnostics.find("tieline.sock") != std::string::npos);
    here.given->data = here.folder.path() + "/" + std::string(120, 'x');
    CHECK_FALSE(ops::start(here.parts(), here.found));
    CHECK(here.found.back().diagnostics.find("107 bytes") != std::string::npos);
}

TEST_CASE("admin socket: answers status, traces and what is held", "[ops][admin]")
{
    one_held here;
    CHECK(here.admin(R"({"do":"status"})")["status"]["destinations"].Size() == 2);
    CHECK(here.admin(R"({"do":"trace","id":"A1"})")["traces"].Size() == 1);
    CHECK(here.admin(R"({"do":"held"})")["held"].Size() == 1);
    CHECK(here.admin(R"({"do":"held","destination":"archive"})")["held"].Size() == 0);
}

TEST_CASE("admin socket: release counts first, then does it, with the caller in the story", "[ops][admin]")
{
    one_held here;
    *here.accepts = true;
    const auto counted = here.admin(R"({"do":"release","ids":["tie1.1"],"reason":"mended"})");
    CHECK(counted["count"].GetInt() == 1);
    CHECK_FALSE(counted["committed"].GetBool());
    CHECK(counted["rows"][0]["control_id"].GetString() == std::string("A1"));
    CHECK(here.admin(R"({"do":"held"})")["held"].Size() == 1);

    const auto done = here.admin(R"({"do":"release","ids":["tie1.1"],"reason":"mended","commit":true})");
    CHECK(done["count"].GetInt() == 1);
    CHECK(tests::eventually([&here] { return here.board.destination("lab").delivered.get() == 1; }));
    const auto story = *ops::traces(*here.store, "tie1", "A1");
    CHECK(story.find("mended") != story.npos);
    CHECK(story.find(me()) != story.npos);
}

TEST_CASE("admin socket: release says how many later messages of the patient were delivered since", "[ops][admin]")
{
    one_held here;
    *here.accepts = true;
    here.message("A2", "lab");
    REQUIRE(tests::eventually([&here] { return here.board.destination("lab").delivered.get() == 1; }));
    REQUIRE(tests::eventually([&here] { return ops::traces(*here.store, "tie1", "A2")->find("Delivered") != std::string::npos; }));
    CHECK(here.admin(R"({"do":"release","ids":["tie1.1"],"reason":"mended"})")["rows"][0]["delivered_since"].GetInt() == 1);
}

TEST_CASE("admin socket: all that is held at a destination is skipped", "[ops][admin]")
{
    one_held here;
    here.message("A2", "lab");
    REQUIRE(here.holds(2));
    const auto done = here.admin(R"({"do":"skip","destination":"lab","all":true,"reason":"sent by phone","commit":true})");
    CHECK(done["count"].GetInt() == 2);
    CHECK(here.admin(R"({"do":"held"})")["held"].Size() == 0);
    CHECK(ops::traces(*here.store, "tie1", "A2")->find("Skipped") != std::string::npos);
}

TEST_CASE("admin socket: a waiting message is held on a person's word", "[ops][admin]")
{
    desk here;
    here.open();
    CHECK(error_of(here.admin(R"({"do":"pause","destination":"lab","reason":"moving"})")).empty());
    here.message("A1", "lab");
    REQUIRE(tests::eventually([&here] { return here.board.destination("lab").backlog.get() == 1; }));
    CHECK(here.admin(R"({"do":"hold","ids":["tie1.1"],"reason":"wrong ward","commit":true})")["count"].GetInt() == 1);
    CHECK(here.admin(R"({"do":"held"})")["held"][0]["reason"].GetString() == std::string("wrong ward"));
}

TEST_CASE("admin socket: pause shows who and why, resume delivers", "[ops][admin]")
{
    desk here;
    *here.accepts = true;
    here.open();
    CHECK(error_of(here.admin(R"({"do":"pause","destination":"lab","reason":"moving"})")).empty());
    CHECK(here.board.destination("lab").state.get() == "paused by " + me() + ": moving");
    here.message("A1", "lab");
    CHECK(error_of(here.admin(R"({"do":"resume","destination":"lab","reason":"back"})")).empty());
    CHECK(tests::eventually([&here] { return here.board.destination("lab").delivered.get() == 1; }));
}

TEST_CASE("admin socket: what can't be done is told for each message", "[ops][admin]")
{
    one_held here;
    const auto said = here.admin(R"({"do":"release","ids":["tie1.1","tie1.9","other.1"],"reason":"x","commit":true})");
    CHECK(said["count"].GetInt() == 1);
    CHECK(said["failed"].GetInt() == 2);
}

TEST_CASE("bad input: wrong lines on the admin socket are answered and change nothing", "[ops][admin]")
{
    one_held here;
    const auto error = [&here](const std::string& line) { return error_of(here.admin(line)); };
    CHECK(error("nonsense") == "expected one JSON object a line");
    CHECK(error("") == "expected one JSON object a line");
    CHECK(error("[]") == "expected one JSON object a line");
    CHECK(error(std::string(200'000, '[')) == "expected one JSON object a line");
    CHECK(error("{\"do\":\"status\xff\"}") == "expected one JSON object a line");
    CHECK(error("{}").starts_with("`do` has to be one of"));
    CHECK(error(R"({"do":7})").starts_with("`do` has to be one of"));
    CHECK(error(R"({"do":"release","ids":["tie1.1"],"commit":true})").starts_with("a reason is needed"));
    CHECK(error(R"({"do":"release","ids":["tie1.1"],"reason":"a\nb","commit":true})") == "the reason has to be one line of text");
    CHECK(error(R"({"do":"release","ids":["tie1.1"],"reason":")" + std::string(501, 'x') + R"("})") == "the reason is longer than 500 bytes");
    CHECK(error(R"({"do":"release","reason":"x"})").starts_with("say which"));
    CHECK(error(R"({"do":"release","ids":["tie1.1"],"all":true,"destination":"lab","reason":"x"})").starts_with("say which"));
    CHECK(error(R"({"do":"release","all":true,"reason":"x"})") == "all needs a destination");
    CHECK(error(R"({"do":"pause","destination":"nobody","reason":"x"})") == "there is no destination nobody");
    CHECK(error(R"({"do":"held","destination":)" + std::string(1 << 20, ' ') + "}") == "a line is at most 1 MiB");
    CHECK(here.admin(R"({"do":"held"})")["held"].Size() == 1);
}
