#include "broker/base/pack.hpp"
#include "broker/store/entry.hpp"
#include "broker/store/families.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <rocksdb/db.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace tieline;
using store::durability;
using store::family;

namespace {

std::unique_ptr<store::store> open(const std::string& folder, store::open_options options = {})
{
    auto opened = store::store::open(folder, std::move(options));
    REQUIRE(opened);
    return std::move(*opened);
}

error_code put(store::store& in, family where, std::string_view key, std::string_view value)
{
    store::batch one;
    one.put(where, key, value);
    return in.commit(std::move(one), durability::buffered);
}

std::vector<std::string> keys(store::store& in, std::string_view from, std::string_view until, bool back = false)
{
    std::vector<std::string> seen;
    const auto each = [&](std::string_view key, std::string_view) {
        seen.emplace_back(key);
        return true;
    };
    const auto error = back ? in.scan_back(family::index, from, until, each) : in.scan(family::index, from, until, each);
    REQUIRE_FALSE(error);
    return seen;
}

/// Writes below the store, as a disk that changes bytes would.
void write_raw(const std::string& folder, family in, const std::string& key, const std::string& value)
{
    rocksdb::DB* database = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    const auto options = store::database_options(nullptr);
    REQUIRE(rocksdb::DB::Open(options, folder + "/store", store::describe_families(), &handles, &database).ok());
    REQUIRE(database->Put({}, handles[static_cast<std::size_t>(in) + 1], key, value).ok());
    for (auto* handle : handles)
        database->DestroyColumnFamilyHandle(handle);
    delete database;
}

}  // namespace

TEST_CASE("store: a batch is visible after its commit, and all of it", "[store]")
{
    tests::temporary_folder folder;
    auto in = open(folder.path());
    store::batch first;
    first.put(family::entry, "a", "one");
    first.put(family::index, "a", "");
    store::batch second;
    second.put(family::entry, "b", std::string("\0two", 4));
    second.erase(family::index, "a");
    first.append(second);
    CHECK_FALSE(first.empty());
    CHECK(in->get(family::entry, "a").value() == std::nullopt);

    REQUIRE_FALSE(in->commit(std::move(first), durability::synced));
    CHECK(in->get(family::entry, "a").value() == "one");
    CHECK(in->get(family::entry, "b").value() == std::string("\0two", 4));
    CHECK(in->get(family::index, "a").value() == std::nullopt);
    CHECK(in->get(family::outcome, "a").value() == std::nullopt);
}

TEST_CASE("store: a batch that was moved from is empty and can be used", "[store]")
{
    store::batch one;
    one.put(family::entry, "a", "1");
    store::batch other(std::move(one));
    CHECK(one.empty());
    CHECK(other.bytes() > 0);
    one.put(family::entry, "b", "2");
    CHECK_FALSE(one.empty());
    other = std::move(one);
    CHECK(one.empty());
    CHECK_FALSE(other.empty());
}

TEST_CASE("store: scans forwards and backwards within its bounds, and stops when told", "[store]")
{
    tests::temporary_folder folder;
    auto in = open(folder.path());
    for (const auto* key : {"a", "b", "c", "d"})
        REQUIRE_FALSE(put(*in, family::index, key, key));
    CHECK(keys(*in, "", "") == std::vector<std::string>{"a", "b", "c", "d"});
    CHECK(keys(*in, "b", "d") == std::vector<std::string>{"b", "c"});
    CHECK(keys(*in, "b", "d", true) == std::vector<std::string>{"c", "b"});
    CHECK(keys(*in, "bb", "", true) == std::vector<std::string>{"d", "c"});

    int seen = 0;
    REQUIRE_FALSE(in->scan(family::index, "", "", [&](auto, auto) { return ++seen < 2; }));
    CHECK(seen == 2);

    store::batch erase;
    erase.erase_range(family::index, "b", "d");
    REQUIRE_FALSE(in->commit(std::move(erase), durability::buffered));
    CHECK(keys(*in, "", "") == std::vector<std::string>{"a", "d"});
}

TEST_CASE("store: what was synced is there after the process was killed", "[store]")
{
    tests::temporary_folder folder;
    const auto child = ::fork();
    if (child == 0) {
        auto in = store::store::open(folder.path());
        store::batch one;
        one.put(family::entry, "k", "v");
        const bool failed = !in || (*in)->commit(std::move(one), durability::synced);
        ::kill(::getpid(), failed ? SIGTERM : SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WTERMSIG(status) == SIGKILL);
    CHECK(open(folder.path())->get(family::entry, "k").value() == "v");
}

TEST_CASE("store: the folder is for its owner alone, and for one process", "[store]")
{
    tests::temporary_folder folder;
    const auto data = folder.path() + "/new/data";
    auto in = open(data);
    struct stat found{};
    REQUIRE(::stat(data.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0700);
    CHECK(store::store::open(data).error() == store::errc::locked);
    in.reset();
    CHECK(store::store::open(data).has_value());
}

TEST_CASE("store: can be read while it is open for writing, and is not written then", "[store]")
{
    tests::temporary_folder folder;
    CHECK(store::store::open(folder.path(), {.read_only = true}).error() == store::errc::not_found);
    auto in = open(folder.path());
    REQUIRE_FALSE(put(*in, family::entry, "a", "1"));
    auto beside = open(folder.path(), {.read_only = true});
    CHECK(beside->get(family::entry, "a").value() == "1");
    CHECK(put(*beside, family::entry, "b", "2") == store::errc::failed);
    CHECK(in->get(family::entry, "b").value() == std::nullopt);
}

TEST_CASE("store: refuses what a newer Tieline made, and another node's folder", "[store]")
{
    tests::temporary_folder folder;
    auto in = open(folder.path(), {.node = "tie1"});
    in.reset();
    CHECK(store::store::open(folder.path(), {.node = "tie2"}).error() == store::errc::other_node);
    in = open(folder.path(), {.node = "tie1"});
    REQUIRE_FALSE(put(*in, family::meta, "format", packer().number(3).take()));
    in.reset();
    CHECK(store::store::open(folder.path()).error() == store::errc::format);
}

TEST_CASE("store: what an older Tieline made is brought up to date when it is opened", "[store]")
{
    tests::temporary_folder folder;
    auto in = open(folder.path());
    const auto made = in->get(family::meta, "format").value();
    REQUIRE_FALSE(put(*in, family::meta, "format", packer().number(1).take()));
    constexpr char frame[] = "\x28\xb5\x2f\xfd\x20\x19\xc9\0\0{\"resourceType\":\"Bundle\"}";  // zstd's, of format 1
    REQUIRE_FALSE(put(*in, family::bundle, store::key_of(1), {frame, sizeof frame - 1}));
    REQUIRE_FALSE(put(*in, family::bundle, store::key_of(2), store::compress("as it is now")));
    in.reset();
    in = open(folder.path());
    CHECK(in->get(family::meta, "format").value() == made);
    CHECK(store::read_bundle(*in, {1}).value() == "{\"resourceType\":\"Bundle\"}");
    CHECK(store::read_bundle(*in, {2}).value() == "as it is now");
}

TEST_CASE("store: a folder that another process has names that process", "[store]")
{
    tests::temporary_folder folder;
    auto in = open(folder.path());
    CHECK(store::store::open(folder.path()).error() == store::errc::locked);
    CHECK(store::holder_of(folder.path()) == std::to_string(::getpid()));
}

TEST_CASE("store: a copy is of one moment, can be opened, and goes on without the first", "[store]")
{
    tests::temporary_folder folder;
    auto in = open(folder.path());
    REQUIRE_FALSE(put(*in, family::entry, "a", "1"));
    REQUIRE_FALSE(in->copy_to(folder.path() + "/copy"));
    REQUIRE_FALSE(put(*in, family::entry, "b", "2"));
    in.reset();
    const auto copy = store::store::open_copy(folder.path() + "/copy");
    REQUIRE(copy);
    CHECK((*copy)->get(family::entry, "a").value() == "1");
    CHECK((*copy)->get(family::entry, "b").value() == std::nullopt);
    CHECK((*copy)->verify().value() == 2);  // and the format
}

TEST_CASE("store: a value that does not match its checksum is named, not given, and those behind it are", "[store]")
{
    tests::temporary_folder folder;
    auto in = open(folder.path());
    REQUIRE_FALSE(put(*in, family::index, "a", "right"));
    REQUIRE_FALSE(put(*in, family::index, "d", "right"));
    in.reset();
    write_raw(folder.path(), family::index, "b", "wrong....");
    write_raw(folder.path(), family::index, "c", "x");

    std::vector<std::string> told;
    in = open(folder.path(), {.on_damage = [&told](const store::damage& what) { told.push_back(store::to_text(what)); }});
    CHECK(in->get(family::index, "a").value() == "right");
    CHECK(in->get(family::index, "b").error() == store::errc::corrupt);
    CHECK(in->get(family::index, "c").error() == store::errc::corrupt);
    CHECK(keys(*in, "", "") == std::vector<std::string>{"a", "d"});
    CHECK(keys(*in, "", "", true) == std::vector<std::string>{"d", "a"});
    CHECK(told == std::vector<std::string>{"index b", "index c"});
    CHECK(in->damaged() == 2);
    CHECK(in->verify().error() == store::errc::corrupt);
}

TEST_CASE("store: after a failed write nothing more is written, and it is told once", "[store]")
{
    tests::temporary_folder folder;
    int told = 0;
    auto in = open(folder.path(), {.on_failure = [&](error_code) { told++; }});
    REQUIRE_FALSE(put(*in, family::entry, "a", "1"));
    // A file size limit makes the next write fail as a full disk does; the signal that comes with it is ignored.
    struct rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto old = ::signal(SIGXFSZ, SIG_IGN);
    struct rlimit small = before;
    small.rlim_cur = 1;
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto error = put(*in, family::entry, "b", std::string(1 << 20, 'x'));
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, old);

    CHECK(error == store::errc::failed);
    CHECK(in->failed());
    CHECK(told == 1);
    CHECK(put(*in, family::entry, "c", "3") == store::errc::failed);
    CHECK(told == 1);
    CHECK(in->get(family::entry, "a").value() == "1");
}

TEST_CASE("store: compresses and expands, and refuses what it did not compress", "[store]")
{
    const std::string bundle(100'000, 'b');
    const auto small = store::compress(bundle);
    CHECK(small.size() < 1000);
    CHECK(store::expand(small).value() == bundle);
    CHECK(store::expand(store::compress("")).value().empty());
    CHECK(store::expand("not compressed").error() == store::errc::corrupt);
    CHECK(store::expand(std::string_view(small).substr(0, small.size() / 2)).error() == store::errc::corrupt);
    CHECK(store::expand(std::string("\1\xff\xff\xff\xff", 5)).error() == store::errc::corrupt);
}

TEST_CASE("store: an entry keeps every part of a message", "[store]")
{
    model::received message{.bytes = std::string("MSH|\0\r", 6), .listener = "pas", .peer = "10.1.0.7:51234"};
    message.sender = "lab";
    message.request = "POST Patient";
    message.content_type = "application/fhir+json";
    message.at = instant(std::chrono::microseconds(1'700'000'000'123'456));
    const auto value = store::entry_value(message, {.control_id = "7", .type = "ADT^A01", .content = "h", .refused = true});
    const auto entry = store::entry_of({12}, value).value();
    CHECK(entry.at == offset{12});
    CHECK(entry.refused);
    CHECK(entry.message.bytes == message.bytes);
    CHECK(entry.message.listener == "pas");
    CHECK(entry.message.peer == message.peer);
    CHECK(entry.message.sender == "lab");
    CHECK(entry.message.request == "POST Patient");
    CHECK(entry.message.content_type == message.content_type);
    CHECK(entry.message.at == message.at);
    CHECK(store::entry_of({12}, std::string_view(value).substr(0, value.size() - 1)).error() == store::errc::corrupt);
}
