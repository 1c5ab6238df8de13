// What becomes of a message after a try: the half of class outlet that decides (outlet.cpp is the half that sends).
#include "broker/deliver/outlet.hpp"

#include "broker/observe/log.hpp"

#include <boost/assert.hpp>

#include <algorithm>

namespace tieline::deliver {
namespace {

using observe::log;

constexpr auto five_in_a_row = "five messages in a row would be held";
constexpr auto not_configured = "not in the configuration: its messages wait until it is, or until they are skipped";

std::string words(const attempt& came)
{
    const auto answer = came.answer.empty() ? std::string("no answer") : came.answer;
    return came.reason.empty() ? answer : answer + ": " + came.reason;
}

bool is_whole(const attempt& came) { return came.what == attempt::verdict::fault || came.destination_down; }

}  // namespace

void outlet::settle(offset at, const attempt& came)
{
    BOOST_ASSERT(stock_.find(at));  // orders leave alone what is being sent
    auto& what = *stock_.find(at);
    tried_ = true;
    row_.tries.add();
    what.answered += !came.answer.empty();
    if (came.what != attempt::verdict::delivered)
        tell_failure(came);
    switch (came.what) {
    case attempt::verdict::delivered:
        finish(at, what, came);
        break;
    case attempt::verdict::hold:
        pace_.answered();
        hold(at, what, came);
        break;
    case attempt::verdict::fault:
    case attempt::verdict::retry:
        try_again(at, what, came);
        break;
    }
    apply_pending(at);
}

void outlet::finish(offset at, const waiting& what, const attempt& came)
{
    journal::trace_line line{.at = now(), .where = name(), .what = "Delivered", .why = came.reason};
    line.tries = what.row.tries + 1;
    line.answer = came.answer;
    if (const auto held = stock_.passed(what.row.key, at))
        line.why += (line.why.empty() ? "passed over held " : "; passed over held ") + tieline_id(among_.node, *held);
    pace_.answered();
    streak_.delivered();
    row_.delivered.add();
    row_.last_delivered.set(line.at.time_since_epoch().count());
    stock_.finish(at, line);
}

// A fault of the destination is no try of the message: it is never held for it.
void outlet::try_again(offset at, waiting& what, const attempt& came)
{
    if (came.what == attempt::verdict::retry) {
        what.row.tries++;
        what.repeated = true;
    }
    what.row.last_answer = words(came);
    what.row.next_try = pace_.failed(now(), is_whole(came), std::max(what.row.tries, 1U), came.retry_after);
    const auto most = given_.retry.hold_after;
    if (came.what == attempt::verdict::fault || !most || what.row.tries < *most) {
        stock_.put_back(at);
        return;
    }
    attempt given_up = came;
    given_up.reason = "given up after " + std::to_string(what.row.tries) + (*most == 1 ? " try, " : " tries, ") + words(came);
    what.row.tries--;  // `hold` counts this try
    hold(at, what, given_up);
}

void outlet::hold(offset at, waiting& what, const attempt& came)
{
    what.row.tries++;
    what.row.last_answer = words(came);
    what.row.next_try = {};
    const bool at_fault = paused_ && paused_->who.empty();  // it paused itself while this was under way
    if (at_fault) {
        stock_.put_back(at);
    } else if (streak_.held(at)) {
        stock_.put_back(at);
        pause_itself();
    } else {
        keep_held(at, what, came);
    }
}

void outlet::keep_held(offset at, const waiting& what, const attempt& came)
{
    journal::trace_line line{.at = now(), .where = name(), .what = "Held", .why = came.reason};
    line.tries = what.row.tries;
    line.answer = came.answer;
    log.warn("deliver.held", {{"destination", name()}, {"offset", at.value}, {"answer", came.answer}, {"tries", line.tries}});
    stock_.hold(at, what.row, line);
}

// The messages of the row go back to where they were, in order, and wait for a person to look at the destination.
void outlet::pause_itself()
{
    among_.writes.flush();
    for (const auto at : streak_.take()) {
        auto row = stock_.row(model::delivery_state::held, at);
        if (!row || !*row)
            continue;  // the last one, which waits already
        journal::trace_line line{.at = now(), .where = name(), .what = "released", .why = "the destination paused itself"};
        line.tries = (*row)->tries;
        stock_.release(at, std::move(**row), line);
    }
    paused_ = paused{.reason = five_in_a_row, .at = now()};
    put_pause(among_.writes.add(), name(), *paused_);
    among_.writes.flush();
    log.error("deliver.paused_itself", {{"destination", name()}, {"reason", five_in_a_row}});
}

void outlet::tell_failure(const attempt& came) { row_.last_error.set(to_iso(now()) + " " + words(came)); }

void outlet::tell()
{
    row_.backlog.set(static_cast<std::int64_t>(stock_.backlog()));
    row_.held.set(static_cast<std::int64_t>(stock_.held()));
    const auto oldest = stock_.oldest();
    row_.oldest_waiting.set(oldest ? oldest->time_since_epoch().count() : 0);
    row_.paused.set(configured() && paused_);
    std::string state = tried_ ? "up" : "idle";
    if (!configured()) {
        state = not_configured;
        among_.board.show_destination(name(), stock_.backlog() + stock_.held() > 0);
    } else if (paused_) {
        state = to_text(*paused_);
    } else if (stock_.broken()) {
        state = "its queue can't be read: " + stock_.broken().message();
    } else if (pace_.down()) {
        state = "retrying";
    }
    if (state == state_)
        return;
    state_ = state;
    row_.state.set(state);
}

}  // namespace tieline::deliver
