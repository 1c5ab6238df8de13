#include "broker/base/pack.hpp"
#include "broker/store/damage.hpp"
#include "broker/store/log_check.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <map>

using namespace tieline;
using store::durability;
using store::family;

namespace {

constexpr std::uint64_t rows = 5'000;

std::string value_of(std::uint64_t number) { return "row " + std::to_string(number) + std::string(100, static_cast<char>('a' + number % 26)); }

std::unique_ptr<store::store> open(const std::string& folder, std::vector<store::damage>* told = nullptr)
{
    auto opened = store::store::open(folder, {.on_damage = [told](const store::damage& what) {
        if (told)
            told->push_back(what);
    }});
    REQUIRE(opened);
    return std::move(*opened);
}

void fill(store::store& in, family where, std::uint64_t first, std::uint64_t until)
{
    for (auto number = first; number < until; number++) {
        store::batch one;
        one.put(where, store::key_of(number), value_of(number));
        REQUIRE_FALSE(in.commit(std::move(one), durability::buffered));
    }
}

std::vector<std::string> files(const std::string& folder, const std::string& ending)
{
    std::vector<std::string> found;
    for (const auto& one : std::filesystem::directory_iterator(folder + "/store"))
        if (one.path().extension() == ending && one.file_size() > 0)
            found.push_back(one.path());
    return found;
}

void flip(const std::string& file, std::uint64_t at)
{
    std::fstream in(file, std::ios::in | std::ios::out | std::ios::binary);
    in.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(in.get() ^ 0x10);
    in.seekp(static_cast<std::streamoff>(at));
    in.put(byte);
}

/// The largest table file: the rows are in it, once the store was opened after they were written.
std::string table_of(const std::string& folder)
{
    auto all = files(folder, ".sst");
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return std::filesystem::file_size(a) < std::filesystem::file_size(b); });
    return all.back();
}

/// Rows in a table file, the store closed.
void make_table(const std::string& folder, family where)
{
    auto in = open(folder);
    fill(*in, where, 1, rows + 1);
    in.reset();
    open(folder);
}

/// What a scan gives, each row checked, and the gaps that it tells of.
struct seen {
    std::vector<std::uint64_t> offsets{};
    std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps{};
    bool in_a_gap(std::uint64_t number) const
    {
        return std::any_of(gaps.begin(), gaps.end(), [&](const auto& gap) { return number >= gap.first && number < gap.second; });
    }
};

std::uint64_t number_in(std::string_view key) { return read_big_endian(key) + (key.size() > 8 ? 1 : 0); }

seen scan(store::store& in, family where, bool back)
{
    seen found;
    const auto each = [&](std::string_view key, std::string_view value) {
        const auto number = read_big_endian(key);
        CHECK(value == value_of(number));
        found.offsets.push_back(number);
        return true;
    };
    const auto gap = [&](std::string_view first, std::string_view until) {
        found.gaps.emplace_back(first.empty() ? 0 : number_in(first), until.empty() ? ~0ULL : number_in(until));
    };
    const auto error = back ? in.scan_back(where, {}, {}, each, gap) : in.scan(where, {}, {}, each, gap);
    CHECK_FALSE(error);
    return found;
}

}  // namespace

TEST_CASE("store damage: rows behind a block that can't be read are read, and the gap is told", "[store][damage]")
{
    const auto where = GENERATE(family::bundle, family::entry);  // without and with compression
    const bool back = GENERATE(false, true);
    const double place = GENERATE(0.0, 0.3, 0.55);  // of the file
    tests::temporary_folder folder;
    make_table(folder.path(), where);
    const auto file = table_of(folder.path());
    flip(file, 40 + static_cast<std::uint64_t>(place * static_cast<double>(std::filesystem::file_size(file))));

    std::vector<store::damage> told;
    const auto in = open(folder.path(), &told);
    const auto found = scan(*in, where, back);
    REQUIRE(found.gaps.size() == 1);
    CHECK(found.offsets.size() < rows);
    CHECK(found.offsets.size() > rows - 400);  // a block, no more
    std::set<std::uint64_t> readable(found.offsets.begin(), found.offsets.end());
    for (std::uint64_t number = 1; number <= rows; number++)
        CHECK(readable.contains(number) != found.in_a_gap(number));
    REQUIRE(told.size() == 1);
    CHECK(told[0].in == where);
    CHECK(told[0].where.find(".sst") != std::string::npos);
    CHECK(in->damaged() == 1);
}

TEST_CASE("store damage: a key in a block that can't be read is corrupt, its neighbours are not", "[store][damage]")
{
    tests::temporary_folder folder;
    make_table(folder.path(), family::bundle);
    flip(table_of(folder.path()), 100);
    std::vector<store::damage> told;
    const auto in = open(folder.path(), &told);
    CHECK(in->get(family::bundle, store::key_of(1)).error() == store::errc::corrupt);
    CHECK(in->get(family::bundle, store::key_of(rows)).value() == value_of(rows));
    REQUIRE(told.size() == 1);
    CHECK(store::to_text(told[0]) == "bundle 1");
    CHECK(in->get(family::bundle, store::key_of(1)).error() == store::errc::corrupt);
    CHECK(told.size() == 1);  // once
}

TEST_CASE("store damage: the greatest key is never too small", "[store][damage]")
{
    tests::temporary_folder folder;
    make_table(folder.path(), family::bundle);
    const auto file = table_of(folder.path());
    const auto whole = std::filesystem::file_size(file);
    std::uint64_t last_block = 0;  // uncompressed: the last row's bytes are in it
    {
        std::ifstream in(file, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        last_block = text.rfind("row " + std::to_string(rows));
    }
    REQUIRE(last_block < whole);
    flip(file, last_block);
    const auto in = open(folder.path());
    CHECK(in->last_key(family::bundle, {}, {}).value() == store::key_of(rows));
}

TEST_CASE("store damage: a log that was damaged in the middle gives all other batches, and says so", "[store][damage]")
{
    tests::temporary_folder folder;
    auto in = open(folder.path());
    fill(*in, family::entry, 1, rows + 1);
    in.reset();
    REQUIRE(files(folder.path(), ".log").size() == 1);
    flip(files(folder.path(), ".log")[0], 100'000);
    std::vector<store::damage> told;
    in = open(folder.path(), &told);
    CHECK(in->log_was_damaged());
    const auto found = scan(*in, family::entry, false);
    CHECK(found.offsets.size() < rows);
    CHECK(found.offsets.size() > rows - 400);  // the rest of a block of 32 KiB
    CHECK(found.offsets.back() == rows);
    REQUIRE_FALSE(told.empty());
    CHECK(store::to_text(told[0]).find(".log from byte") != std::string::npos);
}

TEST_CASE("store damage: a log with a torn end is read up to there, which is no damage", "[store][damage]")
{
    tests::temporary_folder folder;
    auto in = open(folder.path());
    fill(*in, family::entry, 1, 101);
    in.reset();
    const auto log = files(folder.path(), ".log")[0];
    std::filesystem::resize_file(log, std::filesystem::file_size(log) - 10);
    const auto faults = store::check_logs(folder.path() + "/store");
    REQUIRE(faults.size() == 1);
    CHECK_FALSE(faults[0].followed);
    in = open(folder.path());
    CHECK_FALSE(in->log_was_damaged());
    CHECK(scan(*in, family::entry, false).offsets.size() == 99);
}

TEST_CASE("store damage: a log whose last record has a changed length was not torn", "[store][damage]")
{
    tests::temporary_folder folder;
    auto in = open(folder.path());
    fill(*in, family::entry, 1, 2);
    in.reset();
    const auto log = files(folder.path(), ".log")[0];
    flip(log, 5);  // the high byte of the first record's length
    const auto faults = store::check_logs(folder.path() + "/store");
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].followed);
}

TEST_CASE("store damage: a name says family, destination and offset", "[store][damage]")
{
    const auto row = std::string("lab\0w", 5) + store::key_of(17);
    CHECK(store::to_text({.in = family::delivery, .first = row, .until = row + '\0'}) == "delivery lab 17");
    CHECK(store::to_text({.in = family::trace, .first = store::key_of(3), .until = store::key_of(9)}) == "a block of trace 3 up to 9");
    CHECK(store::to_text({.in = family::cursor, .first = "published"}) == "a block of cursor published to the end");
    CHECK(store::to_text({.where = "000012.log from byte 7"}) == "000012.log from byte 7");
}
