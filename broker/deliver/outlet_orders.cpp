// What people ask of a destination: the part of class outlet that carries out orders.
#include "broker/deliver/orders.hpp"
#include "broker/deliver/outlet.hpp"

#include "broker/observe/log.hpp"

namespace tieline::deliver {

using model::delivery_state;
using observe::log;

void outlet::carry_out(const order& given, told done)
{
    const auto* what = stock_.find(given.at);
    if (what && what->sending && given.what != order::kind::release) {
        pending_.emplace(given.at, std::pair(given, std::move(done)));
        return;
    }
    auto words = apply(given);
    pump();
    done(std::move(words));
}

// The try of a message that orders waited for has ended.
void outlet::apply_pending(offset at)
{
    for (auto next = pending_.find(at); next != pending_.end(); next = pending_.find(at)) {
        const auto [given, done] = std::move(next->second);
        pending_.erase(next);
        const auto words = apply(given);
        done(words.empty() ? words : "it was being sent when you asked; now " + words);
    }
}

// The store knows all rows, also those that are not in memory.
std::string outlet::apply(const order& given)
{
    among_.writes.flush();
    const auto waiting = stock_.row(delivery_state::waiting, given.at);
    const auto held = stock_.row(delivery_state::held, given.at);
    if (!waiting || !held)
        return "its row in the queue can't be read: " + (waiting ? held : waiting).error().message();
    auto refused = move(given, *waiting, *held);
    if (refused.empty() && among_.writes.flush())
        refused = "the store takes no more changes";
    if (refused.empty())
        log.info("deliver.order_done", {{"destination", name()}, {"offset", given.at.value},
                                        {"order", deliver::name(given.what)}, {"who", given.who}});
    return refused;
}

std::string outlet::move(const order& given, const std::optional<model::delivery>& waiting,
                         const std::optional<model::delivery>& held)
{
    if (!waiting && !held)
        return "there is no unfinished delivery of it at " + name();
    if (given.what == order::kind::release && !configured())
        return "there is no destination " + name() + " in the configuration";
    if (given.what == order::kind::release && !held)
        return "it is waiting at " + name() + " already";
    if (given.what == order::kind::hold && !waiting)
        return "it is held at " + name() + " already";
    const auto line = line_of(given, name(), (held ? held : waiting)->tries);
    streak_.forget(given.at);
    if (given.what == order::kind::release) {
        stock_.release(given.at, *held, line);
    } else if (given.what == order::kind::hold) {
        stock_.hold(given.at, *waiting, line);
    } else {
        row_.skipped.add();
        if (held)
            stock_.skip_held(given.at, *held, line);
        else
            stock_.finish(given.at, line);
    }
    return {};
}

std::string outlet::pause(std::string_view reason, std::string_view who)
{
    paused_ = paused{.who = std::string(who), .reason = std::string(reason), .at = now()};
    put_pause(among_.writes.add(), name(), *paused_);
    log.warn("deliver.paused", {{"destination", name()}, {"who", who}});
    wake_when_due();
    tell();
    return among_.writes.flush() ? "the store takes no more changes" : "";
}

std::string outlet::resume(std::string_view who)
{
    paused_.reset();
    erase_pause(among_.writes.add(), name());
    log.warn("deliver.resumed", {{"destination", name()}, {"who", who}});
    pace_.retry_now();
    stock_.retry_now();
    const auto failed = among_.writes.flush();
    pump();
    return failed ? "the store takes no more changes" : "";
}

}  // namespace tieline::deliver
