#include "broker/deliver/dispatcher.hpp"
#include "broker/deliver/queue.hpp"
#include "broker/ops/at_rest.hpp"
#include "broker/ops/json.hpp"
#include "broker/ops/machine.hpp"
#include "broker/ops/queries.hpp"

#include <algorithm>

namespace tieline::ops {
namespace {

void write_list(json_text& json, std::string_view name, std::string_view comma_separated)
{
    json.begin_array(name);
    while (!comma_separated.empty()) {
        const auto one = comma_separated.substr(0, comma_separated.find(','));
        json.text(one);
        comma_separated.remove_prefix(std::min(one.size() + 1, comma_separated.size()));
    }
    json.end_array();
}

// A moment of the board under `name`, and its distance from now under `seconds`: how long ago, or how long until.
void write_moment(json_text& json, const char* name, const char* seconds, std::int64_t micros, instant now, bool ahead = false)
{
    const auto at = moment_of(micros);
    json.member(name, at);
    if (at == instant{})
        json.null(seconds);
    else
        json.member(seconds, std::max(0.0, ahead ? seconds_between(now, at) : seconds_between(at, now)));
}

void write_listener(json_text& json, const std::string& name, const observe::listener_row& row, instant now)
{
    const auto state = row.state.get();
    json.begin_object()
        .member("name", name)
        .member("kind", row.kind.get())
        .member("address", row.address.get())
        .member("state", state)
        .member("condition", state == "listening" ? "ok" : "closed")
        .member("last_error", row.last_error.get())
        .member("connections", row.connections.get())
        .member("received", row.received.get())
        .member("stored", row.stored.get())
        .member("refused", row.refused.get())
        .member("repeats", row.repeats.get())
        .member("filtered", row.filtered.get())
        .member("held", row.held.get())
        .member("skipped_bytes", row.skipped_bytes.get());
    write_moment(json, "last_message", "silent_seconds", row.last_message.get(), now);
    json.end_object();
}

void write_route(json_text& json, const std::string& name, const observe::route_row& row)
{
    json.begin_object().member("name", name).member("topic", row.topic.get()).member("purpose", row.purpose.get());
    write_list(json, "sources", row.sources.get());
    write_list(json, "destinations", row.destinations.get());
    json.member("matched", row.matched.get()).end_object();
}

const char* condition(const observe::destination_row& row, std::string_view state)
{
    if (row.paused.get() != 0)
        return "paused";
    if (state == "up")
        return "ok";
    if (state == "retrying")
        return "retrying";
    return state.empty() || state == "idle" || state == "not running" ? "idle" : "broken";
}

void write_destination(json_text& json, const std::string& name, const observe::destination_row& row, instant now)
{
    const auto state = row.state.get();
    json.begin_object()
        .member("name", name)
        .member("kind", row.kind.get())
        .member("address", row.address.get())
        .member("state", state)
        .member("condition", condition(row, state))
        .member("last_error", row.last_error.get())
        .member("backlog", row.backlog.get())
        .member("held", row.held.get())
        .member("delivered", row.delivered.get())
        .member("tries", row.tries.get())
        .member("skipped", row.skipped.get())
        .member("paused", row.paused.get() != 0);
    write_moment(json, "oldest_waiting", "oldest_waiting_seconds", row.oldest_waiting.get(), now);
    write_moment(json, "next_try", "next_try_seconds", row.next_try.get(), now, true);
    json.member("last_delivered", moment_of(row.last_delivered.get())).end_object();
}

void write_bus(json_text& json, const observe::bus_row& row, instant now)
{
    const auto oldest = moment_of(row.oldest_unpublished.get());
    json.begin_object("bus")
        .member("kind", row.kind.get())
        .member("state", row.state.get())
        .member("up", row.up.get() != 0)
        .member("last_error", row.last_error.get())
        .member("appended", row.appended.get())
        .member("published", row.published.get())
        .member("behind", std::max<std::int64_t>(0, row.appended.get() - row.published.get()))
        .member("lag_seconds", oldest == instant{} ? 0.0 : std::max(0.0, seconds_between(oldest, now)))
        .end_object();
}

void write_parts(json_text& json, observe::board& board, instant now)
{
    write_bus(json, board.bus(), now);
    json.begin_array("listeners");
    for (const auto& [name, row] : board.listeners())
        write_listener(json, name, *row, now);
    json.end_array().begin_array("routes");
    for (const auto& [name, row] : board.routes())
        write_route(json, name, *row);
    json.end_array().begin_array("topics");
    for (const auto& [name, row] : board.topics())
        json.begin_object().member("name", name).member("records", row->records.get()).member("partitions", row->partitions.get()).end_object();
    json.end_array().begin_array("destinations");
    for (const auto& [name, row] : board.destinations())
        write_destination(json, name, *row, now);
    json.end_array().begin_array("certificates");
    for (const auto& [path, ends] : board.certificates())
        json.begin_object()
            .member("path", path)
            .member("ends", moment_of(ends->get()))
            .member("days_left", seconds_between(now, moment_of(ends->get())) / 86'400)
            .end_object();
    json.end_array();
}

void write_disk(json_text& json, const settings::configuration& given)
{
    json.begin_object("disk").member("reserve_bytes", given.retention.disk_reserve);
    if (const auto free = free_bytes(given.data))
        json.member("free_bytes", *free);
    else
        json.null("free_bytes");
    json.end_object();
}

std::string write(observe::board& board, store::store& from, const settings::configuration& given, bool running)
{
    const auto at = now();
    const auto not_ready = board.not_ready().get();
    json_text json;
    json.begin_object()
        .member("running", running)
        .member("node", given.node)
        .member("version", TIELINE_VERSION)
        .member("now", at)
        .member("started", running ? board.started : instant{})
        .member("uptime_seconds", running ? seconds_between(board.started, at) : 0.0)
        .member("ready", not_ready.empty())
        .member("not_ready", not_ready)
        .member("held_before_bus", count_rows(from, deliver::before_the_bus, model::delivery_state::held))
        .member("damaged", from.damaged());
    json.begin_object("reloads")
        .member("taken", board.reloads().taken.get())
        .member("refused", board.reloads().refused.get())
        .member("fault", board.reloads().fault.get())
        .end_object();
    write_disk(json, given);
    write_parts(json, board, at);
    return json.end_object().take();
}

}  // namespace

std::size_t count_rows(store::store& from, std::string_view destination, model::delivery_state state)
{
    std::size_t rows = 0;
    deliver::scan_rows(from, destination, state, {}, [&rows](offset, const model::delivery&) { return ++rows < most_rows; });
    return rows;
}

std::string status(observe::board& board, store::store& from, const settings::configuration& given)
{
    return write(board, from, given, true);
}

std::string status_at_rest(store::store& from, const settings::configuration& given)
{
    observe::board board;
    fill_at_rest(board, from, given);
    return write(board, from, given, false);
}

}  // namespace tieline::ops
