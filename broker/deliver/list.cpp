#include "broker/deliver/dispatcher.hpp"
#include "broker/deliver/queue.hpp"
#include "broker/journal/outcomes.hpp"

#include <algorithm>

namespace tieline::deliver {
namespace {

// What a listing may cost: later messages of one patient that are looked at, and of all together.
constexpr std::size_t most_later = 100;
constexpr std::size_t most_looks = 2'000;

bool was_delivered(store::store& from, offset at, std::string_view destination)
{
    const auto lines = journal::read_trace(from, at);
    return lines && std::any_of(lines->begin(), lines->end(), [&](const journal::trace_line& line) {
               return line.where == destination && line.what == "Delivered";
           });
}

// Later messages of the same patient that were delivered there since.
std::size_t delivered_since(store::store& from, const listed& held, std::size_t& looks_left)
{
    if (held.what.key.empty() || looks_left == 0)
        return 0;
    const auto later = journal::find_patient(from, held.what.key, held.at, std::min(most_later, looks_left));
    if (!later)
        return 0;
    looks_left -= later->size();
    return static_cast<std::size_t>(std::count_if(later->begin(), later->end(), [&](offset at) {
        return was_delivered(from, at, held.destination);
    }));
}

}  // namespace

result<std::vector<listed>> list(store::store& from, std::string_view destination, model::delivery_state state,
                                 std::size_t most)
{
    std::vector<std::string> names{std::string(destination)};
    if (destination.empty()) {
        auto all = destinations_with_rows(from);
        if (!all)
            return all.error();
        names = std::move(*all);
    }
    std::vector<listed> rows;
    for (const auto& name : names) {
        if (rows.size() >= most)
            break;
        const auto failed = scan_rows(from, name, state, {}, [&](offset at, const model::delivery& row) {
            rows.push_back({.destination = name, .at = at, .what = row});
            return rows.size() < most;
        });
        if (failed)
            return failed;
    }
    std::vector<listed*> all;
    for (auto& row : rows)
        all.push_back(&row);
    count_delivered_since(from, all);
    return rows;
}

void count_delivered_since(store::store& from, const std::vector<listed*>& rows)
{
    std::size_t looks = most_looks;
    for (auto* row : rows) {
        if (row->what.state == model::delivery_state::held)
            row->delivered_since = delivered_since(from, *row, looks);
    }
}

}  // namespace tieline::deliver
