// What `tests/chaos/bitrot` runs: a store, its files damaged, everything read again and compared with what was written.
// Usage: chaos_bitrot FOLDER SEED FIRST LAST [change]     one line a trial: `NUMBER KIND FILE PLACE: VERDICT words`
//     change: a value is replaced, with a checksum of its own, which only the comparison can see
// Exit: 0 it ran; the verdicts say what was found.
#include "broker/base/pack.hpp"
#include "broker/store/store.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>

using namespace tieline;
using store::family;

namespace {

namespace files = std::filesystem;

constexpr std::uint64_t rows = 1'500;  // of each family
constexpr family families[] = {family::entry,  family::index,   family::answer,   family::bundle, family::record,
                               family::outcome, family::delivery, family::trace, family::cursor};

std::string key_in(family in, std::uint64_t number)
{
    if (in == family::delivery)
        return std::string(number % 2 ? "lab\0w" : "ward\0h", number % 2 ? 5 : 6) + store::key_of(number);
    if (in == family::record)
        return std::string("tieline.adt\0\0\0\0\0", 16) + store::key_of(number);
    return store::key_of(number);
}

// Some of it compresses well, some not at all.
std::string value_in(family in, std::uint64_t number)
{
    std::mt19937_64 chance(number * 16 + static_cast<std::uint64_t>(in));
    std::string made = "row " + std::to_string(number) + " of " + std::to_string(static_cast<int>(in)) + ' ';
    for (auto left = 4 + chance() % 40; left > 0; left--)
        number % 3 ? append_big_endian(made, chance()) : (void)made.append("PID|1||HOSP0001^^^RYJ^MR");
    return made;
}

void write(store::store& to, std::uint64_t first, std::uint64_t last)
{
    for (auto number = first; number <= last; number++) {
        store::batch one;
        for (const auto in : families)
            one.put(in, key_in(in, number), value_in(in, number));
        if (to.commit(std::move(one), number == last ? store::durability::synced : store::durability::buffered))
            std::abort();
    }
}

/// A store with two thirds of the rows in table files and the last in the log.
void make(const std::string& folder)
{
    files::remove_all(folder);
    for (const auto part : {1, 2, 3}) {
        const auto in = store::store::open(folder);
        if (!in)
            std::abort();
        write(**in, (static_cast<std::uint64_t>(part) - 1) * rows / 3 + 1, static_cast<std::uint64_t>(part) * rows / 3);
    }
}

struct harm {
    std::string kind{}, file{};
    std::uint64_t place = 0;
};

/// Copies the store, with hard links but for the file that is harmed.
void copy(const std::string& from, const std::string& to, const std::string& harmed)
{
    files::remove_all(to);
    files::create_directories(to + "/store");
    for (const auto& one : files::directory_iterator(from + "/store")) {
        const auto name = one.path().filename().string();
        if (name == harmed || name == "LOG" || !name.ends_with(".sst"))
            files::copy_file(one.path(), to + "/store/" + name);
        else
            files::create_hard_link(one.path(), to + "/store/" + name);
    }
}

harm choose(const std::string& folder, std::mt19937_64& chance)
{
    std::vector<std::pair<std::string, std::uint64_t>> all;
    std::uint64_t bytes = 0;
    for (const auto& one : files::directory_iterator(folder + "/store")) {
        const auto name = one.path().filename().string();
        if ((name.ends_with(".sst") || name.ends_with(".log") || name.starts_with("MANIFEST") || name == "CURRENT") && one.file_size() > 0)
            all.emplace_back(name, one.file_size()), bytes += one.file_size();
    }
    std::sort(all.begin(), all.end());
    // Half by size, half each file alike: the small ones matter too.
    std::size_t chosen = chance() % all.size();
    if (chance() % 2) {
        auto place = chance() % bytes;
        for (chosen = 0; place >= all[chosen].second; chosen++)
            place -= all[chosen].second;
    }
    return {.kind = chance() % 5 ? "flip" : "truncation", .file = all[chosen].first, .place = chance() % all[chosen].second};
}

void carry_out(const harm& what, const std::string& folder, std::mt19937_64& chance)
{
    const auto path = folder + "/store/" + what.file;
    if (what.kind == "truncation")
        return files::resize_file(path, what.place);
    std::fstream in(path, std::ios::in | std::ios::out | std::ios::binary);
    in.seekg(static_cast<std::streamoff>(what.place));
    const auto byte = static_cast<char>(in.get() ^ (1 << chance() % 8));
    in.seekp(static_cast<std::streamoff>(what.place));
    in.put(byte);
}

/// What reading a damaged store gave.
struct finding {
    bool opened = false;
    bool named = false;        ///< something that was told names the file
    std::string words{};
    std::size_t right = 0, wrong = 0, unsaid = 0;  ///< unsaid: missing, and in no gap that was told
    std::uint64_t first_unsaid = 0;
    bool of_log = false;       ///< the end, or the middle, of the log was told of
};

// Every row must be right, or in a gap that was told.
void compare(store::store& from, family in, finding& into)
{
    std::set<std::string> seen;
    std::vector<std::pair<std::string, std::string>> gaps;
    const auto each = [&](std::string_view key, std::string_view value) {
        const auto number = read_big_endian(key.substr(key.size() - 8));
        (key == key_in(in, number) && value == value_in(in, number) ? into.right : into.wrong)++;
        seen.emplace(key);
        return true;
    };
    if (from.scan(in, {}, {}, each, [&](auto first, auto until) { gaps.emplace_back(first, until); }))
        into.wrong++;
    for (std::uint64_t number = 1; number <= rows; number++) {
        const auto key = key_in(in, number);
        const bool said = std::any_of(gaps.begin(), gaps.end(), [&](const auto& gap) { return key >= gap.first && (gap.second.empty() || key < gap.second); });
        if (seen.contains(key) || said)
            continue;
        into.first_unsaid = into.unsaid++ == 0 ? number : std::min(into.first_unsaid, number);
    }
    // What is asked for by its key is right too, or corrupt.
    for (std::uint64_t number = 1; number <= rows; number += 97) {
        const auto got = from.get(in, key_in(in, number));
        into.wrong += got && *got && **got != value_in(in, number);
    }
}

finding read_all(const std::string& folder, const harm& what)
{
    finding made;
    const auto tell = [&](const store::damage& told) {
        const auto number = what.file.substr(0, what.file.find('.'));
        const auto words = store::to_text(told) + ' ' + told.where;
        made.named = made.named || words.find(number) != words.npos;
        made.of_log = made.of_log || words.find(".log from byte") != words.npos;
        if (made.words.empty())
            made.words = words;
        std::replace(made.words.begin(), made.words.end(), '\n', ' ');
    };
    const auto in = store::store::open(folder, {.on_damage = tell});
    if (!in) {
        made.words += (made.words.empty() ? "" : "; ") + in.error().message();
        return made;
    }
    made.opened = true;
    for (const auto one : families)
        compare(**in, one, made);
    (void)(*in)->verify();
    return made;
}

// Harm to rows that were in the log only takes whole batches; those that are missing are the last, or the log was told of.
std::string verdict(const finding& what, const harm& of)
{
    const bool in_log = of.file.ends_with(".log");
    if (what.wrong > 0)
        return "CHANGED";
    if (!what.opened)
        return what.named || what.words.find("CURRENT") != what.words.npos || of.file == "CURRENT" ? "refused" : "UNNAMED";
    if (what.unsaid > 0 && !in_log)
        return "MISSING";
    if (what.unsaid > 0 && !what.of_log)
        return of.kind == "truncation" ? "cut-between" : "MISSING";
    if (what.named)
        return "named";
    return what.unsaid == 0 && what.right == rows * std::size(families) ? "harmless" : "UNNAMED";
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 5)
        return 2;
    const std::string folder = argv[1], whole = folder + "/whole", trial = folder + "/trial";
    const auto seed = std::strtoull(argv[2], nullptr, 10);
    const bool change = argc > 5 && std::string_view(argv[5]) == "change";
    make(whole);
    for (auto number = std::strtoull(argv[3], nullptr, 10); number <= std::strtoull(argv[4], nullptr, 10); number++) {
        std::mt19937_64 chance(seed * 1'000'003 + number);
        const auto what = choose(whole, chance);
        copy(whole, trial, what.file);
        if (change) {
            store::batch other;
            other.put(family::bundle, key_in(family::bundle, chance() % rows + 1), "another");
            (*store::store::open(trial))->commit(std::move(other), store::durability::synced);
        } else {
            carry_out(what, trial, chance);
        }
        const auto found = read_all(trial, what);
        std::printf("%llu %s %s %llu: %s %zu right, %zu not there; %s\n", number, what.kind.c_str(), what.file.c_str(),
                    static_cast<unsigned long long>(what.place), verdict(found, what).c_str(), found.right,
                    rows * std::size(families) - found.right, found.words.substr(0, 160).c_str());
        std::fflush(stdout);
    }
    files::remove_all(trial);
}
