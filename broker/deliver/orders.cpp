#include "broker/deliver/orders.hpp"

#include "broker/deliver/queue.hpp"

namespace tieline::deliver {
namespace {

using model::delivery_state;

std::string refusal(const order& given, bool before_bus, const std::optional<model::delivery>& waiting,
                    const std::optional<model::delivery>& held)
{
    if (!waiting && !held)
        return "there is no unfinished delivery of it at " + given.destination;
    if (given.what == order::kind::hold && !waiting)
        return "it is held already";
    if (given.what == order::kind::release && !before_bus)
        return "there is no destination " + given.destination + " in the configuration";
    return {};
}

}  // namespace

std::string_view name(order::kind what)
{
    switch (what) {
    case order::kind::release: return "release";
    case order::kind::skip: return "skip";
    case order::kind::hold: return "hold";
    }
    return {};
}

journal::trace_line line_of(const order& given, std::string where, std::uint32_t tries)
{
    journal::trace_line line{.at = now(), .where = std::move(where), .why = given.reason, .who = given.who, .tries = tries};
    switch (given.what) {
    case order::kind::release: line.what = "released"; break;
    case order::kind::skip: line.what = "Skipped"; break;
    case order::kind::hold: line.what = "held"; break;
    }
    return line;
}

std::string carry_out_alone(const order& given, parts& with)
{
    const bool before_bus = given.destination == before_the_bus;
    const auto waiting = read_row(with.store, given.destination, delivery_state::waiting, given.at);
    const auto held = read_row(with.store, given.destination, delivery_state::held, given.at);
    if (!waiting || !held)
        return "its row in the queue can't be read: " + (waiting ? held : waiting).error().message();
    if (auto why_not = refusal(given, before_bus, *waiting, *held); !why_not.empty())
        return why_not;
    auto row = *held ? **held : **waiting;
    store::batch changes;
    const bool released = given.what == order::kind::release;  // the pipeline erases the row with what it publishes
    if (!released)
        changes.erase(store::family::delivery, row_key(given.destination, row.state, given.at));
    journal::put_trace(changes, given.at, line_of(given, before_bus ? "" : given.destination, row.tries));
    if (given.what == order::kind::hold) {
        row.state = delivery_state::held;
        put_delivery(changes, {.destination = given.destination, .at = given.at, .what = row});
    }
    if (with.store.commit(std::move(changes), store::durability::buffered))
        return "the store takes no more changes";
    if (released)
        with.release_message(given.at);
    return {};
}

}  // namespace tieline::deliver
