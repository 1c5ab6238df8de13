#include "broker/ops/admin/selection.hpp"

#include "broker/deliver/queue.hpp"
#include "broker/ops/queries.hpp"

#include <algorithm>

namespace tieline::ops::admin {
namespace {

using kind = deliver::order::kind;
using model::delivery_state;

// The states that an order can be for.
std::vector<delivery_state> states_of(kind what)
{
    switch (what) {
    case kind::release: return {delivery_state::held};
    case kind::skip: return {delivery_state::held, delivery_state::waiting};
    case kind::hold: return {delivery_state::waiting};
    }
    return {};
}

std::string_view nothing_to_do(kind what)
{
    switch (what) {
    case kind::release: return "it is not held";
    case kind::skip: return "it is neither held nor waiting";
    case kind::hold: return "it is not waiting";
    }
    return {};
}

std::vector<selected> at_destination(store::store& from, const std::string& node, const wanted& given, std::string& refused)
{
    const auto rows = deliver::list(from, given.destination, states_of(given.what).front(), most_rows);
    std::vector<selected> all;
    if (!rows) {
        refused = "the store can't be read: " + rows.error().message();
        return all;
    }
    for (const auto& row : *rows)
        all.push_back({.row = row, .id = tieline_id(node, row.at)});
    return all;
}

// The unfinished rows of one message.
std::vector<selected> rows_of(store::store& from, const std::string& id, offset at, kind what, const std::vector<std::string>& destinations)
{
    std::vector<selected> found;
    for (const auto& destination : destinations) {
        for (const auto state : states_of(what)) {
            auto row = deliver::read_row(from, destination, state, at);
            if (row && *row)
                found.push_back({.row = {.destination = destination, .at = at, .what = std::move(**row)}, .id = id});
        }
    }
    if (found.empty())
        found.push_back({.row = {.at = at}, .id = id, .error = std::string(nothing_to_do(what))});
    return found;
}

std::vector<selected> by_id(store::store& from, const std::string& node, const wanted& given, std::string& refused)
{
    std::vector<std::string> destinations{given.destination};
    if (given.destination.empty()) {
        auto all = deliver::destinations_with_rows(from);
        if (!all)
            refused = "the store can't be read: " + all.error().message();
        else
            destinations = std::move(*all);
    }
    std::vector<selected> found;
    for (const auto& id : given.ids) {
        const auto at = offset_of(id, node);
        if (!at) {
            found.push_back({.id = id, .error = "no Tieline id of this node, such as " + tieline_id(node, {7})});
            continue;
        }
        auto rows = rows_of(from, id, *at, given.what, destinations);
        std::move(rows.begin(), rows.end(), std::back_inserter(found));
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.row.at < b.row.at; });
    std::vector<deliver::listed*> held;
    for (auto& one : found) {
        if (one.error.empty())
            held.push_back(&one.row);
    }
    deliver::count_delivered_since(from, held);
    return found;
}

}  // namespace

std::vector<selected> select(store::store& from, const std::string& node, const wanted& given, std::string& refused)
{
    if (given.all == !given.ids.empty())
        refused = "say which: Tieline ids, or a destination and all";
    else if (given.all && given.destination.empty())
        refused = "all needs a destination";
    else if (given.ids.size() > most_rows)
        refused = "at most " + std::to_string(most_rows) + " ids at a time";
    if (!refused.empty())
        return {};
    return given.all ? at_destination(from, node, given, refused) : by_id(from, node, given, refused);
}

}  // namespace tieline::ops::admin
