#include "broker/deliver/dispatcher.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/ops/json.hpp"
#include "broker/ops/queries.hpp"
#include "broker/store/entry.hpp"

#include <algorithm>

namespace tieline::ops {
namespace {

// Why it is held: what the story says of that destination last; before the bus, the outcome.
std::string reason_of(store::store& from, const deliver::listed& row)
{
    if (row.destination == deliver::before_the_bus) {
        const auto outcome = journal::read_outcome(from, row.at);
        return outcome && *outcome ? (*outcome)->reason : std::string();
    }
    const auto lines = journal::read_trace(from, row.at);
    if (!lines)
        return {};
    const auto last = std::find_if(lines->rbegin(), lines->rend(), [&row](const auto& line) { return line.where == row.destination; });
    return last == lines->rend() ? std::string() : last->why;
}

void write_row(json_text& json, store::store& from, std::string_view node, const deliver::listed& row)
{
    const auto label = store::read_label(from, row.at);
    json.begin_object()
        .member("id", tieline_id(node, row.at))
        .member("destination", row.destination)
        .member("state", model::name(row.what.state))
        .member("control_id", label ? label->control_id : std::string())
        .member("type", label ? label->type : std::string())
        .member("listener", label ? label->message.listener : std::string())
        .member("received", label ? label->message.at : instant{})
        .member("since", row.what.since)
        .member("tries", row.what.tries)
        .member("answer", row.what.last_answer)
        .member("reason", reason_of(from, row))
        .member("delivered_since", row.delivered_since)
        .end_object();
}

}  // namespace

result<std::string> held(store::store& from, std::string_view node, std::string_view destination)
{
    const auto rows = deliver::list(from, destination, model::delivery_state::held, most_rows);
    if (!rows)
        return rows.error();
    json_text json;
    json.begin_array();
    for (const auto& row : *rows)
        write_row(json, from, node, row);
    return json.end_array().take();
}

}  // namespace tieline::ops
