#include "broker/pipeline/recovery.hpp"

#include "broker/base/pack.hpp"
#include "broker/deliver/dispatcher.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/observe/log.hpp"

#include <vector>

namespace tieline::pipeline {
namespace {

constexpr auto why = "what became of it was lost with a damaged log; whether it was published is not known";

result<std::vector<offset>> offsets(store::store& in, store::family where, offset through)
{
    std::vector<offset> all;
    const auto error = in.scan(where, {}, store::key_of(through.value + 1), [&all](std::string_view key, std::string_view) {
        all.push_back({read_big_endian(key)});
        return true;
    });
    if (error)
        return error;
    return all;
}

void hold(store::batch& in, offset at)
{
    observe::log.error("pipeline.outcome_lost", {{"offset", at.value}});
    journal::put_outcome(in, at, {.state = model::message_state::held, .reason = why, .published_at = now()}, {});
    deliver::put_delivery(in, {.destination = std::string(deliver::before_the_bus), .at = at,
                               .what = {.state = model::delivery_state::held, .since = now(), .last_answer = why}});
}

}  // namespace

result<std::size_t> hold_what_lost_its_outcome(store::store& in)
{
    const auto published = journal::read_published_through(in);
    if (!published)
        return published.error();
    const auto entries = offsets(in, store::family::entry, *published);
    if (!entries)
        return entries.error();
    const auto outcomes = offsets(in, store::family::outcome, *published);
    if (!outcomes)
        return outcomes.error();
    store::batch changes;
    std::size_t held = 0;
    auto known = outcomes->begin();
    for (const auto at : *entries) {
        while (known != outcomes->end() && *known < at)
            ++known;
        if (known != outcomes->end() && *known == at)
            continue;
        hold(changes, at);
        held++;
    }
    if (const auto error = in.commit(std::move(changes), store::durability::synced))
        return error;
    return held;
}

}  // namespace tieline::pipeline
