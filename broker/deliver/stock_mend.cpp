// What the disk lost of a destination's queue: the part of class stock that finds it again in the outcomes.
#include "broker/base/pack.hpp"
#include "broker/deliver/dispatcher.hpp"
#include "broker/deliver/queue.hpp"
#include "broker/deliver/stock.hpp"
#include "broker/observe/log.hpp"

#include <algorithm>

namespace tieline::deliver {
namespace {

using model::delivery_state;

bool has_ended(store::store& from, std::string_view destination, offset at)
{
    const auto lines = journal::read_trace(from, at);
    if (!lines)
        return false;
    return std::any_of(lines->begin(), lines->end(), [&](const auto& line) {
        return line.where == destination && (line.what == "Delivered" || line.what == "Skipped");
    });
}

std::vector<offset> published(store::store& from, offset first, offset until)
{
    std::vector<offset> all;
    from.scan(store::family::outcome, store::key_of(first.value), store::key_of(until.value), [&all](std::string_view key, std::string_view) {
        all.push_back({read_big_endian(key)});
        return true;
    });
    return all;
}

}  // namespace

// Which rows stood there is not known, but which messages were for this destination, and which of them have ended.
void stock::mend(const gap& one)
{
    for (const auto at : published(store_, one.first, one.until))
        mend(one, at);
}

void stock::mend(const gap& one, offset at)
{
    const auto outcome = journal::read_outcome(store_, at);
    if (!outcome || !*outcome || lanes_.find(at))
        return;
    const auto& choices = (*outcome)->decision.destinations;
    const auto choice = std::find_if(choices.begin(), choices.end(), [this](const auto& to) { return to.destination == destination_; });
    if (choice == choices.end())
        return;
    const auto held = row(delivery_state::held, at);
    const auto waits = row(delivery_state::waiting, at);
    if (held && *held) {
        if (one.state == delivery_state::held) {
            held_++;
            held_keys_.add((*held)->key, at);
        }
    } else if (waits && *waits) {
        if (one.state == delivery_state::waiting && at <= coverage_.through())
            lanes_.add(at, {.row = **waits});
    } else if (!has_ended(store_, destination_, at)) {
        hold_lost(at, *choice, (*outcome)->patient_key);
    }
}

// Whether it was sent before is not known: a person decides.
void stock::hold_lost(offset at, const model::destination_choice& choice, const std::string& key)
{
    constexpr auto why = "its row in the queue did not match its checksum; whether it was delivered before is not known";
    observe::log.error("deliver.row_corrupt", {{"destination", destination_}, {"offset", at.value}});
    auto& batch = writes_.add();
    batch.erase(store::family::delivery, row_key(destination_, delivery_state::waiting, at));
    const auto time = now();
    put_delivery(batch, {.destination = destination_, .at = at,
                         .what = {.state = delivery_state::held, .form = choice.form, .key = key, .since = time, .last_answer = why}});
    journal::put_trace(batch, at, {.at = time, .where = destination_, .what = "Held", .why = why});
    held_++;
    held_keys_.add(key, at);
}

}  // namespace tieline::deliver
