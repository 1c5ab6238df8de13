#include "broker/ops/at_rest.hpp"

#include "broker/base/pack.hpp"
#include "broker/deliver/dispatcher.hpp"
#include "broker/deliver/pauses.hpp"
#include "broker/deliver/queue.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/ops/queries.hpp"
#include "broker/store/entry.hpp"

#include <set>

namespace tieline::ops {
namespace {

std::string joined(const std::vector<std::string>& names)
{
    std::string all;
    for (const auto& name : names)
        all += (all.empty() ? "" : ",") + name;
    return all;
}

std::int64_t micros(instant at) { return at.time_since_epoch().count(); }

void fill_configured(observe::board& board, const settings::configuration& given)
{
    for (const auto& one : given.listeners) {
        board.listener(one.name).kind.set(one.kind);
        board.listener(one.name).state.set("not running");
    }
    for (const auto& one : given.routes) {
        auto& row = board.route(one.name);
        row.topic.set(given.bus.prefix + one.topic);
        row.purpose.set(one.purpose);
        row.sources.set(joined(one.when.source));
        row.destinations.set(joined(one.to));
    }
    for (const auto& one : given.destinations)
        board.destination(one.name).kind.set(one.kind);
}

void fill_destination(observe::destination_row& row, store::store& from, const std::string& name)
{
    row.backlog.set(static_cast<std::int64_t>(count_rows(from, name, model::delivery_state::waiting)));
    row.held.set(static_cast<std::int64_t>(count_rows(from, name, model::delivery_state::held)));
    deliver::scan_rows(from, name, model::delivery_state::waiting, {}, [&row](offset, const model::delivery& oldest) {
        row.oldest_waiting.set(micros(oldest.since));
        row.last_error.set(oldest.last_answer);
        return false;
    });
    row.state.set("not running");
    if (const auto pause = deliver::read_pause(from, name); pause && *pause) {
        row.paused.set(1);
        row.state.set(deliver::to_text(**pause));
    }
}

void fill_bus(observe::bus_row& row, store::store& from, const settings::configuration& given)
{
    row.kind.set(given.bus.kind);
    row.state.set("not running");
    const auto newest = from.last_key(store::family::entry, {}, {});
    const auto published = journal::read_published_through(from);
    if (newest && *newest)
        row.appended.set(static_cast<std::int64_t>(read_big_endian(**newest)));
    if (!published)
        return;
    row.published.set(static_cast<std::int64_t>(published->value));
    if (row.appended.get() > row.published.get())
        if (const auto oldest = store::read_label(from, {published->value + 1}))
            row.oldest_unpublished.set(micros(oldest->message.at));
}

}  // namespace

void fill_at_rest(observe::board& board, store::store& from, const settings::configuration& given)
{
    board.not_ready().set("not running");
    fill_configured(board, given);
    fill_bus(board.bus(), from, given);
    std::set<std::string> names;
    for (const auto& one : given.destinations)
        names.insert(one.name);
    if (const auto others = deliver::destinations_with_rows(from))  // no longer configured
        names.insert(others->begin(), others->end());
    names.erase(std::string(deliver::before_the_bus));
    for (const auto& name : names)
        fill_destination(board.destination(name), from, name);
}

}  // namespace tieline::ops
