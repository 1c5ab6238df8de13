#include "broker/base/pack.hpp"
#include "broker/journal/journal.hpp"
#include "broker/journal/keys.hpp"
#include "broker/journal/outcomes.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

using namespace tieline;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using journal::receipt;

namespace {

struct opened {
    tests::temporary_folder folder{};
    std::unique_ptr<store::store> store{};
    std::unique_ptr<journal::journal> journal{};

    explicit opened(journal::options options = {}) { open(std::move(options)); }

    void open(journal::options options = {})
    {
        journal.reset();
        store.reset();
        store = store::store::open(folder.path()).value();
        options.disk_reserve = options.data.empty() ? 0 : options.disk_reserve;
        journal = journal::open(*store, options);
    }
};

journal::submission message(std::string control_id, std::string bytes)
{
    journal::submission made;
    made.entry->message = {.bytes = std::move(bytes), .listener = "pas", .peer = "127.0.0.1:1", .sender = "lab", .at = now()};
    made.control_id = std::move(control_id);
    made.type = "ADT^A01";
    made.duplicate_window = 1h;
    return made;
}

asio::awaitable<void> append_one(journal::journal& to, journal::submission given, result<receipt>& into)
{
    into = co_await to.append(std::move(given));
}

/// Appends them at the same moment and gives the receipts in the same order.
std::vector<result<receipt>> append_all(journal::journal& to, std::vector<journal::submission> given)
{
    static asio::io_context context;  // as in the program it outlives the journal, whose thread posts to it
    context.restart();
    std::vector<result<receipt>> receipts(given.size(), result<receipt>(receipt{}));
    for (std::size_t i = 0; i < given.size(); i++)
        asio::co_spawn(context, append_one(to, std::move(given[i]), receipts[i]),
                       [](std::exception_ptr thrown) { CHECK_FALSE(thrown); });
    context.run();
    return receipts;
}

result<receipt> append(journal::journal& to, journal::submission given)
{
    std::vector<journal::submission> one;
    one.push_back(std::move(given));
    return append_all(to, std::move(one)).front();
}

bool stores(journal::journal& to, journal::submission given) { return append(to, std::move(given)).has_value(); }

/// All that `next` hands on until offset `last` came.
std::vector<std::uint64_t> offsets_until(journal::journal& from, std::uint64_t last)
{
    std::vector<std::uint64_t> seen;
    for (const auto limit = std::chrono::steady_clock::now() + 60s;
         (seen.empty() || seen.back() < last) && std::chrono::steady_clock::now() < limit;)
        for (const auto& one : from.next(100ms))
            seen.push_back(one->at.value);
    return seen;
}

std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to)
{
    std::vector<std::uint64_t> made;
    for (; from <= to; from++)
        made.push_back(from);
    return made;
}

}  // namespace

TEST_CASE("journal: an appended message can be read and is handed to the pipeline", "[journal]")
{
    opened at;
    CHECK(at.journal->last() == offset{0});
    CHECK(at.journal->next(1ms).empty());
    const auto stored = append(*at.journal, message("1", "MSH|1")).value();
    CHECK(stored.what == receipt::kind::fresh);
    CHECK(stored.at == offset{1});
    CHECK(at.journal->last() == offset{1});
    CHECK(journal::read(*at.store, {1}).value().message.bytes == "MSH|1");
    CHECK(journal::read(*at.store, {2}).error() == store::errc::not_found);
    CHECK(at.journal->bytes_in_flight() > 0);

    const auto handed = at.journal->next(1s);
    REQUIRE(handed.size() == 1);
    CHECK(handed[0]->at == offset{1});
    CHECK(handed[0]->message.sender == "lab");
    CHECK(at.journal->bytes_in_flight() == 0);
}

TEST_CASE("journal: a repeat stores nothing and gets the first's offset and time", "[journal][duplicates]")
{
    opened at;
    auto first = message("1", "MSH|1");
    first.entry->message.at -= 5min;
    const auto time = first.entry->message.at;
    REQUIRE(stores(*at.journal, std::move(first)));
    const auto repeat = append(*at.journal, message("1", "MSH|1")).value();
    CHECK(repeat.what == receipt::kind::repeat);
    CHECK(repeat.at == offset{1});
    CHECK(repeat.time == time);
    CHECK_FALSE(repeat.answer_pending);
    CHECK(at.journal->last() == offset{1});

    at.open();  // it is known after a restart too
    CHECK(append(*at.journal, message("1", "MSH|1")).value().what == receipt::kind::repeat);
}

TEST_CASE("journal: repeats within one batch are recognised", "[journal][duplicates]")
{
    opened at;
    std::vector<journal::submission> given;
    for (int i = 0; i < 40; i++)
        given.push_back(message(std::to_string(i % 4), "MSH|" + std::to_string(i % 4)));
    const auto receipts = append_all(*at.journal, std::move(given));
    CHECK(at.journal->last() == offset{4});
    for (std::size_t i = 0; i < receipts.size(); i++) {
        REQUIRE(receipts[i].has_value());
        CHECK(receipts[i]->at == offset{i % 4 + 1});
        CHECK(receipts[i]->what == (i < 4 ? receipt::kind::fresh : receipt::kind::repeat));
    }
}

TEST_CASE("journal: the same control id with other bytes is a new message, flagged", "[journal][duplicates]")
{
    opened at;
    REQUIRE(stores(*at.journal, message("1", "MSH|1")));
    const auto changed = append(*at.journal, message("1", "MSH|2")).value();
    CHECK(changed.what == receipt::kind::changed);
    CHECK(changed.at == offset{2});
    // Now it is the one that repeats are compared with.
    CHECK(append(*at.journal, message("1", "MSH|2")).value().at == offset{2});
    CHECK(journal::find_control_id(*at.store, "1", 9).value() == std::vector<offset>{{2}, {1}});
    CHECK(journal::find_control_id(*at.store, "1", 1).value() == std::vector<offset>{{2}});
    CHECK(journal::find_control_id(*at.store, "2", 9).value().empty());
}

TEST_CASE("journal: what is no repeat is stored: other sender, outside the window, no control id, not asked",
          "[journal][duplicates]")
{
    opened at;
    REQUIRE(stores(*at.journal, message("1", "MSH|1")));
    auto other = message("1", "MSH|1");
    other.entry->message.sender = "pas";
    CHECK(append(*at.journal, std::move(other)).value().what == receipt::kind::fresh);
    auto late = message("1", "MSH|1");
    late.entry->message.at += 2h;
    CHECK(append(*at.journal, std::move(late)).value().what == receipt::kind::fresh);
    auto accepted = message("1", "MSH|1");
    accepted.answer_duplicates = false;
    CHECK(append(*at.journal, std::move(accepted)).value().what == receipt::kind::fresh);
    REQUIRE(stores(*at.journal, message("", "MSH|1")));
    CHECK(append(*at.journal, message("", "MSH|1")).value().what == receipt::kind::fresh);
    CHECK(at.journal->last() == offset{6});
}

TEST_CASE("journal: a message with an identity of its own is taken once, whatever the window, its control id and its refusal",
          "[journal][duplicates]")
{
    opened at;
    const auto record = [](std::string identity, std::string bytes) {
        auto made = message("1", std::move(bytes));
        made.entry->message.identity = std::move(identity);
        made.entry->message.at = now() - 24h * 400;
        made.answer_duplicates = false;
        return made;
    };
    CHECK(append(*at.journal, record("t/0/1", "MSH|1")).value().what == receipt::kind::fresh);
    CHECK(append(*at.journal, record("t/0/2", "MSH|1")).value().what == receipt::kind::fresh);
    auto refused = record("t/0/3", "what");
    refused.control_id.clear();
    refused.entry->refused = true;
    CHECK(append(*at.journal, std::move(refused)).value().what == receipt::kind::fresh);
    at.open();
    auto again = record("t/0/1", "MSH|1");
    again.entry->message.at = now();
    const auto repeat = append(*at.journal, std::move(again)).value();
    CHECK(repeat.what == receipt::kind::repeat);
    CHECK(repeat.at == offset{1});
    CHECK(append(*at.journal, record("t/0/3", "what")).value().what == receipt::kind::repeat);
    // Another topic of the same name: the same place, other bytes.
    CHECK(append(*at.journal, record("t/0/2", "MSH|2")).value().what == receipt::kind::changed);
}

TEST_CASE("journal: a refused message is kept with its reason and never repeated", "[journal]")
{
    opened at;
    auto refused = message("1", "MSH|1");
    refused.entry->refused = true;
    refused.found.push_back({.at = "MSH-9", .diagnostics = "type not accepted"});
    REQUIRE(append(*at.journal, std::move(refused)).value().at == offset{1});
    CHECK(journal::read(*at.store, {1}).value().refused);
    const auto outcome = journal::read_outcome(*at.store, {1}).value().value();
    CHECK(outcome.state == model::message_state::refused);
    CHECK(outcome.reason == "MSH-9: type not accepted");
    CHECK(append(*at.journal, message("1", "MSH|1")).value().what == receipt::kind::fresh);
}

TEST_CASE("journal: a message answered later is pending until it is settled", "[journal][duplicates]")
{
    opened at;
    const auto later = [] {
        auto made = message("1", "MSH|1");
        made.answered_later = true;
        return made;
    };
    REQUIRE(stores(*at.journal, later()));
    CHECK(append(*at.journal, later()).value().answer_pending);
    const auto entry = journal::read(*at.store, {1}).value();
    store::batch settled;
    SECTION("positively: repeats get it again")
    {
        journal::settle(settled, entry, "1", true);
        REQUIRE_FALSE(at.store->commit(std::move(settled), store::durability::buffered));
        const auto repeat = append(*at.journal, later()).value();
        CHECK(repeat.what == receipt::kind::repeat);
        CHECK(repeat.at == offset{1});
        CHECK_FALSE(repeat.answer_pending);
    }
    SECTION("negatively: a resend is a new message")
    {
        journal::settle(settled, entry, "1", false);
        REQUIRE_FALSE(at.store->commit(std::move(settled), store::durability::buffered));
        const auto resent = append(*at.journal, later()).value();
        CHECK(resent.what == receipt::kind::fresh);
        CHECK(resent.at == offset{2});
        CHECK(append(*at.journal, later()).value().answer_pending);
    }
}

TEST_CASE("bad input: control ids of any bytes and any length are found by themselves alone", "[journal]")
{
    opened at;
    const std::vector<std::string> ids = {std::string("a\0b", 3), std::string("a\0", 2), "a", "\xff\xff\xff\xff", "..\n\r",
                                          std::string(100'000, 'x'), std::string(100'001, 'x')};
    for (const auto& id : ids)
        REQUIRE(stores(*at.journal, message(id, "MSH|" + id)));
    for (std::size_t i = 0; i < ids.size(); i++)
        CHECK(journal::find_control_id(*at.store, ids[i], 9).value() == std::vector<offset>{{i + 1}});
}

TEST_CASE("journal: hands on from where it was told, after a restart", "[journal][ring]")
{
    opened at;
    for (int i = 1; i <= 10; i++)
        REQUIRE(stores(*at.journal, message(std::to_string(i), "MSH|")));
    at.open({.from = {4}});
    CHECK(at.journal->last() == offset{10});
    CHECK(offsets_until(*at.journal, 10) == range(5, 10));
    REQUIRE(append(*at.journal, message("11", "MSH|")).value().at == offset{11});
    CHECK(offsets_until(*at.journal, 11) == range(11, 11));
}

TEST_CASE("journal: a second keeps its first offset when the start is repeated within it", "[journal]")
{
    opened at;
    for (int start = 0; start < 4; start++) {
        at.open();
        CHECK(append(*at.journal, message("C" + std::to_string(start), "MSH|")).has_value());
    }
    std::vector<std::uint64_t> firsts;
    CHECK_FALSE(at.store->scan(store::family::index, journal::second_key(instant{}), journal::second_key(instant::max()),
                               [&](auto, auto value) { return firsts.push_back(read_big_endian(value)), true; }));
    REQUIRE_FALSE(firsts.empty());
    CHECK(firsts.front() == 1);
}

TEST_CASE("journal: an offset that was published is never used again", "[journal]")
{
    opened at;
    at.open({.from = {7}});
    CHECK(append(*at.journal, message("1", "MSH|")).value().at == offset{8});
    CHECK(offsets_until(*at.journal, 8) == range(8, 8));
}

TEST_CASE("journal: a slow pipeline gets every entry once and in order, from ring and disk", "[journal][ring]")
{
    opened at({.ring_bytes = 4096});  // a handful of entries
    constexpr std::uint64_t total = 6000;
    std::vector<std::uint64_t> seen;
    std::thread pipeline([&] {
        for (const auto limit = std::chrono::steady_clock::now() + 60s;
             (seen.empty() || seen.back() < total) && std::chrono::steady_clock::now() < limit;) {
            for (const auto& one : at.journal->next(10ms))
                seen.push_back(one->at.value);
            // Sometimes slower than the writer, sometimes faster: the ring runs over and is caught up with many times.
            if (seen.size() % 7 == 0)
                std::this_thread::sleep_for(2ms);
        }
    });
    for (std::uint64_t sent = 0; sent < total;) {
        std::vector<journal::submission> given;
        for (int i = 0; i < 50; i++, sent++)
            given.push_back(message(std::to_string(sent), std::string(200, 'x')));
        for (const auto& one : append_all(*at.journal, std::move(given)))
            REQUIRE(one.has_value());
    }
    pipeline.join();
    CHECK(seen == range(1, total));
    CHECK(at.journal->bytes_in_flight() == 0);
}

TEST_CASE("journal: the ring is bounded while nobody takes from it", "[journal][ring]")
{
    opened at({.ring_bytes = 10'000});
    for (int i = 0; i < 20; i++)
        REQUIRE(stores(*at.journal, message(std::to_string(i), std::string(2000, 'x'))));
    CHECK(at.journal->bytes_in_flight() <= 10'000);
    CHECK(offsets_until(*at.journal, 20) == range(1, 20));
}

TEST_CASE("journal: an entry larger than the ring goes through", "[journal][ring]")
{
    opened at({.ring_bytes = 100});
    REQUIRE(stores(*at.journal, message("1", std::string(5000, 'x'))));
    REQUIRE(stores(*at.journal, message("2", std::string(5000, 'y'))));
    CHECK(offsets_until(*at.journal, 2) == range(1, 2));
}

TEST_CASE("journal: an entry that does not match its checksum is named and never handed on", "[journal][ring]")
{
    opened at;
    for (int i = 1; i <= 5; i++)
        REQUIRE(stores(*at.journal, message(std::to_string(i), "MSH|")));
    // A value whose own form is broken reads as a damaged one does.
    store::batch damage;
    damage.put(store::family::entry, store::key_of(3), "broken");
    REQUIRE_FALSE(at.store->commit(std::move(damage), store::durability::synced));
    at.open();
    CHECK(offsets_until(*at.journal, 5) == std::vector<std::uint64_t>{1, 2, 4, 5});
    CHECK(journal::read(*at.store, {3}).error() == store::errc::corrupt);
    CHECK(journal::read_outcome(*at.store, {3}).value()->state == model::message_state::held);
}

TEST_CASE("journal: entries that the disk lost are named, and those behind them are handed on", "[journal][ring]")
{
    opened at;
    for (int i = 1; i <= 6; i++)
        REQUIRE(stores(*at.journal, message(std::to_string(i), "MSH|")));
    store::batch lost;
    for (const auto offset : {2, 3, 6})
        lost.erase(store::family::entry, store::key_of(static_cast<std::uint64_t>(offset)));
    journal::put_published_through(lost, {});
    REQUIRE_FALSE(at.store->commit(std::move(lost), store::durability::synced));
    at.open();
    CHECK(stores(*at.journal, message("7", "MSH|")));
    CHECK(offsets_until(*at.journal, 6) == std::vector<std::uint64_t>{1, 4, 5, 6});
    for (const auto offset : {2, 3})
        CHECK(journal::read_outcome(*at.store, {static_cast<std::uint64_t>(offset)}).value()->state == model::message_state::held);
}

TEST_CASE("journal: an answer that does not match its checksum shuts no sender out", "[journal][duplicates]")
{
    opened at;
    REQUIRE(stores(*at.journal, message("1", "MSH|")));
    store::batch damage;
    damage.put(store::family::answer, journal::answer_key_of("lab", "1"), "broken");
    REQUIRE_FALSE(at.store->commit(std::move(damage), store::durability::synced));
    CHECK(append(*at.journal, message("1", "MSH|"))->what == receipt::kind::fresh);
}

TEST_CASE("journal: goes on far behind its last entry after it was restored", "[journal]")
{
    opened at;
    REQUIRE(stores(*at.journal, message("1", "MSH|")));
    REQUIRE(stores(*at.journal, message("2", "MSH|")));
    const auto first = journal::begin_again_after({2});
    store::batch begin;
    journal::put_begin(begin, first);
    REQUIRE_FALSE(at.store->commit(std::move(begin), store::durability::synced));
    at.open();
    CHECK(append(*at.journal, message("3", "MSH|"))->at == first);
    CHECK(offsets_until(*at.journal, first.value) == std::vector<std::uint64_t>{1, 2, first.value});
    CHECK(journal::begin_again_after(first) > first);
}

TEST_CASE("journal: below the disk reserve nothing is stored, and it goes on by itself", "[journal]")
{
    tests::temporary_folder watched;
    opened at({.disk_reserve = ~0ULL, .data = watched.path()});
    CHECK(append(*at.journal, message("1", "MSH|")).error() == store::errc::disk_full);
    CHECK_FALSE(at.journal->has_room());
    CHECK(at.journal->last() == offset{0});
    at.open({.disk_reserve = 1, .data = watched.path()});
    CHECK(append(*at.journal, message("1", "MSH|")).value().at == offset{1});
    CHECK(at.journal->has_room());
}

TEST_CASE("journal: goes on by itself when the disk has room again", "[journal]")
{
    opened at;
    struct statvfs disk{};
    REQUIRE(::statvfs(at.folder.path().c_str(), &disk) == 0);
    const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    constexpr std::uint64_t ballast = 1ULL << 30;
    if (free < 2 * ballast) {
        WARN("not enough free disk to fill a part of it");
        return;
    }
    const auto filler = at.folder.path() + "/filler";
    const int file = ::open(filler.c_str(), O_CREAT | O_WRONLY, 0600);
    REQUIRE(::posix_fallocate(file, 0, ballast) == 0);
    ::close(file);
    at.open({.disk_reserve = free - ballast / 2, .data = at.folder.path()});
    CHECK(append(*at.journal, message("1", "MSH|")).error() == store::errc::disk_full);
    CHECK_FALSE(at.journal->has_room());

    ::unlink(filler.c_str());
    CHECK(tests::eventually([&] { return at.journal->has_room(); }));
    CHECK(append(*at.journal, message("1", "MSH|")).value().at == offset{1});
}

TEST_CASE("journal: after a failed write nobody is answered any more", "[journal]")
{
    opened at;
    REQUIRE(stores(*at.journal, message("1", "MSH|")));
    struct rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto old = ::signal(SIGXFSZ, SIG_IGN);  // the limit makes a write fail as a full disk does
    struct rlimit small = before;
    small.rlim_cur = 1;
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto failed = append(*at.journal, message("2", std::string(1 << 20, 'x')));
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, old);

    CHECK(failed.error() == store::errc::failed);
    CHECK(at.store->failed());
    CHECK(append(*at.journal, message("3", "MSH|")).error() == store::errc::failed);
    CHECK(at.journal->last() == offset{1});
    CHECK(offsets_until(*at.journal, 1) == range(1, 1));
}

TEST_CASE("journal: after stopping nothing is taken any more", "[journal]")
{
    opened at;
    REQUIRE(stores(*at.journal, message("1", "MSH|")));
    at.journal->stop();
    CHECK(append(*at.journal, message("2", "MSH|")).error() == asio::error::operation_aborted);
    CHECK(at.journal->last() == offset{1});
}

TEST_CASE("journal: acknowledged offsets are there after kill -9", "[journal][crash]")
{
    tests::temporary_folder folder;
    int acknowledged[2];
    REQUIRE(::pipe(acknowledged) == 0);
    const auto child = ::fork();
    if (child == 0) {
        const auto in = store::store::open(folder.path()).value();
        const auto at = journal::open(*in, {.disk_reserve = 0});
        for (int i = 0;; i++) {
            std::vector<journal::submission> given;
            for (int j = 0; j < 8; j++)
                given.push_back(message(std::to_string(i) + "." + std::to_string(j), "MSH|" + std::to_string(i)));
            for (const auto& one : append_all(*at, std::move(given)))
                if (!one || ::write(acknowledged[1], &one->at.value, 8) != 8)
                    ::_exit(1);
        }
    }
    ::close(acknowledged[1]);
    std::uint64_t last = 0;
    std::uint64_t count = 0;
    for (std::uint64_t at = 0; ::read(acknowledged[0], &at, 8) == 8; count++) {
        last = std::max(last, at);
        if (count == 2000)
            ::kill(child, SIGKILL);
    }
    ::close(acknowledged[0]);
    ::waitpid(child, nullptr, 0);
    REQUIRE(count > 2000);

    const auto in = store::store::open(folder.path()).value();
    const auto at = journal::open(*in, {.disk_reserve = 0});
    CHECK(at->last().value >= last);
    CHECK(offsets_until(*at, at->last().value) == range(1, at->last().value));
}
