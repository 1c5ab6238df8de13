#include "broker/transport/folder/folder.hpp"
#include "broker/transport/folder/settling.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/transport/wire.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace tieline;
using namespace tieline::tests;
namespace fs = std::filesystem;
using transport::folder::make_listener;
using transport::folder::seen_file;
using transport::folder::settling;

namespace {

void put(const fs::path& path, std::string_view content, std::chrono::seconds age = 0s)
{
    std::ofstream(path) << content;
    fs::last_write_time(path, fs::file_time_type::clock::now() - age);
}

std::string content(const fs::path& path)
{
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
}

std::set<std::string> names(const fs::path& folder)
{
    std::set<std::string> all;
    for (const auto& one : fs::directory_iterator(folder))
        all.insert(one.path().filename().string());
    return all;
}

struct folder_listener {
    explicit folder_listener(const std::string& more = "")
        : at(make_listener, "folder: {path: " + folder.path() + ", poll: 20ms, settle: 60ms" + more + "}")
    {
    }
    fs::path path() const { return folder.path(); }
    bool gone(const std::string& name) const { return eventually([&] { return !fs::exists(path() / name); }); }

    temporary_folder folder;
    running_listener at;
};

}  // namespace

TEST_CASE("folder listener: picks files up oldest first, once each, and moves them to done", "[transport][folder]")
{
    folder_listener in;
    put(in.path() / "b.hl7", "older", 60s);
    put(in.path() / "a.hl7", "younger", 30s);
    in.at.start();
    CHECK(in.gone("a.hl7"));
    CHECK(in.gone("b.hl7"));
    const auto came = in.at.intake.came();
    REQUIRE(came.size() == 2);
    CHECK(came[0].bytes == "older");
    CHECK(came[1].bytes == "younger");
    CHECK(came[0].peer == "folder");
    CHECK(names(in.path() / "done") == std::set<std::string>{"a.hl7", "b.hl7"});
    CHECK(content(in.path() / "done" / "b.hl7") == "older");
}

TEST_CASE("folder listener: a second file of one name does not replace the first", "[transport][folder]")
{
    folder_listener in;
    in.at.start();
    put(in.path() / "a.hl7", "first");
    CHECK(in.gone("a.hl7"));
    put(in.path() / "a.hl7", "second");
    CHECK(in.gone("a.hl7"));
    CHECK(names(in.path() / "done").size() == 2);
    CHECK(content(in.path() / "done" / "a.hl7") == "first");
}

TEST_CASE("folder listener: leaves what is not complete, no file, or does not match", "[transport][folder]")
{
    folder_listener in(", pattern: \"*.hl7\"");
    for (const auto* name : {".hidden.hl7", "a.hl7.tmp", "a.hl7.part", "notes.txt"})
        put(in.path() / name, "left", 60s);
    fs::create_directory(in.path() / "folder.hl7");
    put(in.path() / "done.txt", "elsewhere", 60s);
    fs::create_symlink(in.path() / "done.txt", in.path() / "link.hl7");
    put(in.path() / "a.hl7", "taken");
    in.at.start();
    CHECK(in.gone("a.hl7"));
    CHECK(in.at.intake.came().size() == 1);
    CHECK(names(in.path()) == std::set<std::string>{".hidden.hl7", "a.hl7.tmp", "a.hl7.part", "notes.txt", "folder.hl7", "done.txt", "link.hl7",
                                                    "done", "refused"});
}

TEST_CASE("folder listener: a refused file lies in refused with the reason beside it", "[transport][folder]")
{
    folder_listener in;
    in.at.intake.answer = [](const model::received&) {
        return transport::reply{.what = transport::reply::kind::rejected, .bytes = "MSA|AR", .found = {{.at = "MSH-9", .diagnostics = "this type is not accepted"}}};
    };
    in.at.start();
    put(in.path() / "a.hl7", "wrong");
    CHECK(in.gone("a.hl7"));
    CHECK(content(in.path() / "refused" / "a.hl7") == "wrong");
    CHECK(content(in.path() / "refused" / "a.hl7.reason.txt") == "MSH-9: this type is not accepted\n");
    CHECK(names(in.path() / "done").empty());
}

TEST_CASE("folder listener: what can't be stored stays and is tried again", "[transport][folder]")
{
    folder_listener in;
    std::atomic<bool> full = true;
    in.at.intake.answer = [&full](const model::received&) {
        return transport::reply{.what = full ? transport::reply::kind::unavailable : transport::reply::kind::stored};
    };
    in.at.start();
    put(in.path() / "a.hl7", "one");
    CHECK(eventually([&] { return in.at.intake.came().size() >= 2; }));
    CHECK(fs::exists(in.path() / "a.hl7"));
    full = false;
    CHECK(in.gone("a.hl7"));
    CHECK(fs::exists(in.path() / "done" / "a.hl7"));
}

TEST_CASE("folder listener: a file that can't be moved away is taken once only", "[transport][folder]")
{
    folder_listener in;
    in.at.start();
    fs::remove(in.path() / "done");
    put(in.path() / "done", "a file where the folder should be", 0s);
    put(in.path() / "a.hl7", "one");
    CHECK(eventually([&] { return in.at.row().last_error.get().find("can't be moved away") != std::string::npos; }));
    fs::remove(in.path() / "done");
    fs::create_directory(in.path() / "done");
    CHECK(in.gone("a.hl7"));
    std::size_t taken = 0;
    for (const auto& one : in.at.intake.came())
        taken += one.bytes == "one";
    CHECK(taken == 1);
}

TEST_CASE("folder listener: a stop lets the file in hand be moved", "[transport][folder]")
{
    folder_listener in;
    in.at.intake.delay = 200ms;
    in.at.start();
    put(in.path() / "a.hl7", "one");
    REQUIRE(eventually([&] { return in.at.intake.came().size() == 1; }));
    CHECK(in.at.stop(10s));
    CHECK(fs::exists(in.path() / "done" / "a.hl7"));
}

TEST_CASE("folder listener: a stop ends at its limit, and the file stays", "[transport][folder]")
{
    folder_listener in;
    in.at.intake.delay = 1h;
    in.at.start();
    put(in.path() / "a.hl7", "one");
    REQUIRE(eventually([&] { return in.at.intake.came().size() == 1; }));
    CHECK(in.at.stop(50ms));
    CHECK(fs::exists(in.path() / "a.hl7"));
}

TEST_CASE("folder listener: says why when the folder is missing", "[transport][folder]")
{
    running_listener at(make_listener, "folder: {path: /nowhere/at/all}");
    CHECK(at.listener->start() == boost::system::errc::no_such_file_or_directory);
    CHECK(at.row().last_error.get() == "/nowhere/at/all: No such file or directory");
    CHECK_THROWS(running_listener(make_listener, "folder: {pattern: x}"));
    CHECK_THROWS(running_listener(make_listener, "folder: {path: /tmp}, from: [10.0.0.0/8]"));
}

TEST_CASE("bad input: a file that is too large is refused with the reason", "[transport][folder]")
{
    folder_listener in(", max_file: 1KiB");
    in.at.start();
    put(in.path() / "a.hl7", "MSH" + std::string(1 << 20, 'x'));
    CHECK(in.gone("a.hl7"));
    CHECK(fs::file_size(in.path() / "refused" / "a.hl7") == (1 << 20) + 3);
    CHECK(content(in.path() / "refused" / "a.hl7.reason.txt") == "the file is larger than this listener allows, 1024 bytes\n");
    CHECK(in.at.intake.refused().size() == 1);
}

TEST_CASE("folder settling: a file is complete when it looked the same for the time", "[transport][folder]")
{
    settling in(2s);
    const settling::clock::time_point start{};
    seen_file file{.modified = 1, .name = "a", .size = 10, .number = 7};
    CHECK(in.complete({file}, start).empty());
    CHECK(in.complete({file}, start + 1s).empty());
    file.size = 11;
    CHECK(in.complete({file}, start + 2s).empty());
    CHECK(in.complete({file}, start + 3s).empty());
    CHECK(in.complete({file}, start + 4s) == std::vector{file});
    CHECK(in.complete({}, start + 5s).empty());
    CHECK(in.complete({file}, start + 9s).empty());  // another file of that name
}
