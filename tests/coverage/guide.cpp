#include "guide.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>

namespace coverage {
namespace {

std::string_view part(std::string_view row, int nth)
{
    for (; nth > 0; nth--)
        row.remove_prefix(std::min(row.find('|') + 1, row.size()));
    return row.substr(0, row.find('|'));
}

unsigned number(std::string_view text)
{
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// `S|OBR[ServiceRequest]|OBR-3|1,3-4`: the rows of one source.
void read_rows(std::string_view line, std::vector<std::string>& to)
{
    const auto bar = line.rfind('|');
    auto ranges = line.substr(bar + 1);
    while (!ranges.empty()) {
        const auto range = ranges.substr(0, ranges.find(','));
        ranges.remove_prefix(std::min(range.size() + 1, ranges.size()));
        const auto dash = range.find('-');
        const auto last = number(dash == std::string_view::npos ? range : range.substr(dash + 1));
        for (auto one = number(range); one <= last; one++)
            to.push_back(std::string(line.substr(0, bar + 1)) + std::to_string(one));
    }
}

void read_erratum(std::string_view line, const std::string& at, guide& to)
{
    const auto colon = line.find(": ");
    erratum made{.reason = std::string(line.substr(std::min(colon + 2, line.size()))), .at = at};
    auto id = line.substr(0, colon);
    made.carried = id.ends_with(" carried");
    if (made.carried)
        id.remove_suffix(8);
    made.many = id.ends_with('*');
    if (made.many)
        id.remove_suffix(1);
    made.id = id;
    if (colon == std::string_view::npos || made.reason.empty() || kind_of(id) == '?')
        to.faults.push_back(at + ": expected ROW-ID: reason, or ROW-ID carried: reason");
    else
        to.errata.push_back(std::move(made));
}

// Two decisions on one row: the same id twice. A longer id may decide what a shorter one with a * leaves.
void check_twice(guide& all)
{
    std::map<std::pair<std::string, bool>, std::string> seen;
    for (const auto& one : all.errata) {
        const auto [place, added] = seen.emplace(std::pair(one.id, one.many), one.at);
        if (!added)
            all.faults.push_back(one.at + ": " + one.id + " is decided in " + place->second + " already");
    }
}

}  // namespace

const erratum* guide::find(std::string_view row) const
{
    const erratum* found = nullptr;
    for (const auto& one : errata) {
        if (one.covers(row) && (!found || one.id.size() > found->id.size()))
            found = &one;
    }
    return found;
}

guide read_guide(const std::string& folder)
{
    guide made;
    std::string line;
    std::ifstream rows(folder + "/errata/guide_rows.txt");
    while (std::getline(rows, line)) {
        if (!line.starts_with('#'))
            read_rows(line, made.rows);
    }
    for (const std::string name : {"messages", "segments", "datatypes", "tables"}) {
        const auto file = "errata/" + name + ".txt";
        std::ifstream from(folder + '/' + file);
        for (std::size_t number = 1; std::getline(from, line); number++) {
            if (!line.empty() && !line.starts_with('#'))
                read_erratum(line, file + ':' + std::to_string(number), made);
        }
    }
    check_twice(made);
    return made;
}

void check_errata(guide& all, const std::map<std::string, std::string>& named)
{
    const std::set<std::string, std::less<>> known(all.rows.begin(), all.rows.end());
    for (const auto& [id, place] : named) {
        if (!known.contains(id))
            all.faults.push_back(place + ": the guide has no row " + id);
    }
    for (const auto& one : all.errata) {
        if (std::none_of(all.rows.begin(), all.rows.end(), [&](const auto& row) { return one.covers(row); }))
            all.faults.push_back(one.at + ": the guide has no row " + one.id);
    }
    for (const auto& row : all.rows) {
        const auto* const decided = all.find(row);
        const auto place = named.find(row);
        if (decided && decided->carried && place == named.end())
            all.faults.push_back(decided->at + ": no mapping row names " + row);
        if (decided && !decided->carried && place != named.end())
            all.faults.push_back(decided->at + ": " + row + " is named in " + place->second + ", expected \"carried\" or no erratum");
    }
}

char kind_of(std::string_view row) { return row.size() > 2 && row[1] == '|' && std::string_view("MSDT").find(row[0]) != std::string_view::npos ? row[0] : '?'; }

std::string map_of(std::string_view row) { return std::string(part(row, 1)); }

bool has_source(std::string_view row) { return !part(row, 2).empty(); }

std::vector<std::string> split_ids(std::string_view ids)
{
    std::vector<std::string> made;
    while (!ids.empty()) {
        std::size_t end = 1;
        while (end < ids.size() && !(ids[end - 1] == ' ' && kind_of(ids.substr(end)) != '?'))
            end++;
        auto one = ids.substr(0, end);
        ids.remove_prefix(end);
        while (one.ends_with(' '))
            one.remove_suffix(1);
        if (!one.empty())
            made.emplace_back(one);
    }
    return made;
}

}  // namespace coverage
