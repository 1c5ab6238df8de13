#include "broker/pipeline/intake.hpp"

#include "broker/observe/log.hpp"
#include "broker/pipeline/acceptance.hpp"
#include "broker/pipeline/progress.hpp"

namespace tieline::pipeline {
namespace {

using namespace std::chrono_literals;
using observe::log;
using transport::reply;
using verdict_kind = model::verdict::kind;

constexpr auto verdict_limit = 30s;  // for `ack: processed`

reply::kind reply_kind(verdict_kind what)
{
    switch (what) {
    case verdict_kind::stored: return reply::kind::stored;
    case verdict_kind::rejected: return reply::kind::rejected;
    case verdict_kind::invalid: return reply::kind::invalid;
    case verdict_kind::unavailable: break;
    }
    return reply::kind::unavailable;
}

reply answer(const way& from, const model::received& message, const model::envelope& envelope, model::verdict verdict)
{
    auto said = from.adapter->answer(message, envelope, verdict);
    return {.what = reply_kind(verdict.what), .bytes = std::move(said.bytes), .http_status = said.http_status,
            .id = std::move(verdict.id), .found = std::move(verdict.found)};
}

// Many senders take AR as final, so by default nothing is said and the connection ends (design, section 7).
reply unavailable(const way& from, const model::received& message, const model::envelope& envelope)
{
    model::verdict verdict{.what = verdict_kind::unavailable, .at = message.at};
    verdict.found.push_back({.code = "transient", .v2_code = 207, .diagnostics = "the message can't be stored now, send it again later"});
    auto said = answer(from, message, envelope, std::move(verdict));
    if (!from.listener.answer_when_full)
        said.bytes.clear();
    said.close = !from.listener.answer_when_full;
    return said;
}

reply forbidden(observe::listener_row& row, const settings::listener& listener)
{
    row.refused.add();
    row.last_error.set("a sender that MSH-3 or MSH-4 does not allow was turned away");
    log.warn("intake.sender_refused", {{"listener", listener.name}, {"reason", "sending application or facility not allowed"}});
    return {.what = reply::kind::forbidden, .http_status = 403, .close = true};
}

journal::submission make_submission(const settings::listener& listener, const model::envelope& envelope, model::received message,
                                    model::issues found)
{
    journal::submission made;
    made.refused = model::has_error(found);
    made.control_id = envelope.control_id;
    made.type = envelope.type + '^' + envelope.trigger;
    made.found = std::move(found);
    made.answer_duplicates = listener.answer_duplicates;
    made.duplicate_window = listener.duplicate_window;
    made.answered_later = listener.ack_processed && !made.refused;
    made.message = std::move(message);
    return made;
}

void count(observe::listener_row& row, const journal::receipt& receipt, bool refused)
{
    if (receipt.what == journal::receipt::kind::repeat)
        row.repeats.add();
    else if (refused)
        row.refused.add();
    else
        row.stored.add();
}

}  // namespace

intake::intake(intake_parts parts, std::shared_ptr<const ways> listeners) : parts_(std::move(parts)), ways_(std::move(listeners)) {}

bool intake::ready() const { return !parts_.store.failed() && parts_.board.not_ready().get().empty(); }

asio::awaitable<reply> intake::accept(model::received message)
{
    const auto table = ways_;  // a reload may replace it while this waits
    const auto found_way = table->find(message.listener);
    if (found_way == table->end())
        co_return reply{};
    const way& from = found_way->second;
    auto& row = note_arrival(message);

    model::issues found;
    const auto envelope = from.adapter->open(message, found);
    if (envelope.readable && !may_send(from.listener, envelope))
        co_return forbidden(row, from.listener);
    if (envelope.readable)
        check_accepted(from.listener, envelope, found);

    co_await parts_.pacer.pass();
    const model::received sent = message;  // the journal takes the message, and the answer is made of it
    auto submission = make_submission(from.listener, envelope, std::move(message), found);
    const auto receipt = co_await parts_.journal.append(std::move(submission));
    if (!receipt) {
        row.last_error.set("a message could not be stored: " + receipt.error().message());
        log.error("intake.not_stored", {{"listener", sent.listener}, {"reason", receipt.error().message()}});
        co_return unavailable(from, sent, envelope);
    }
    count(row, *receipt, model::has_error(found));
    auto verdict = co_await reach_verdict(from.listener, *receipt, std::move(found));
    if (verdict.what == verdict_kind::unavailable)
        co_return unavailable(from, sent, envelope);
    co_return answer(from, sent, envelope, std::move(verdict));
}

observe::listener_row& intake::note_arrival(model::received& message)
{
    auto& row = parts_.board.listener(message.listener);
    row.received.add();
    row.last_message.set(message.at.time_since_epoch().count());
    if (message.sender.empty())
        message.sender = message.listener;
    return row;
}

// What is to be said of a message that is durable; waits for what normalising says where the listener answers after it.
asio::awaitable<model::verdict> intake::reach_verdict(const settings::listener& listener, journal::receipt receipt, model::issues found)
{
    model::verdict verdict{.what = model::has_error(found) ? verdict_kind::rejected : verdict_kind::stored};
    verdict.found = std::move(found);
    verdict.id = tieline_id(parts_.node, receipt.at);
    verdict.at = receipt.time;
    const bool answered_before = receipt.what == journal::receipt::kind::repeat && !receipt.answer_pending;
    if (!listener.ack_processed || verdict.what == verdict_kind::rejected || answered_before)
        co_return verdict;
    auto said = co_await parts_.verdicts.wait(receipt.at, verdict_limit);
    if (!said) {
        verdict.what = verdict_kind::unavailable;
        co_return verdict;
    }
    verdict.found = std::move(*said);
    if (model::has_error(verdict.found)) {
        verdict.what = verdict_kind::invalid;
        parts_.board.listener(listener.name).refused.add();
    }
    co_return verdict;
}

reply intake::refuse(std::string_view listener, std::string_view head, model::issue why)
{
    const auto found_way = ways_->find(listener);
    if (found_way == ways_->end())
        return {};
    auto& row = parts_.board.listener(listener);
    row.received.add();
    row.refused.add();
    row.last_error.set(why.diagnostics);
    const way& from = found_way->second;
    const model::received message{.bytes = std::string(head.substr(0, 4096)), .listener = std::string(listener), .at = now()};
    model::issues unused;
    const auto envelope = from.adapter->open(message, unused);
    model::verdict verdict{.what = verdict_kind::rejected, .at = message.at};
    verdict.found.push_back(std::move(why));
    auto said = answer(from, message, envelope, std::move(verdict));
    said.close = true;
    return said;
}

std::optional<std::string> intake::status(std::string_view listener, std::string_view sender, std::string_view id)
{
    const auto at = offset_of(id, parts_.node);
    if (!at)
        return std::nullopt;
    const auto entry = journal::read(parts_.store, *at);
    const auto asking = sender.empty() ? listener : sender;
    if (!entry || entry->message.listener != listener || entry->message.sender != asking)
        return std::nullopt;
    return progress_parameters(parts_.store, parts_.node, *at);
}

}  // namespace tieline::pipeline
