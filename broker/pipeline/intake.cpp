#include "broker/pipeline/intake.hpp"

#include "broker/base/sabotage.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/observe/log.hpp"
#include "broker/pipeline/acceptance.hpp"
#include "broker/pipeline/processing.hpp"
#include "broker/pipeline/progress.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>

namespace tieline::pipeline {
namespace {

using namespace std::chrono_literals;
using observe::log;
using transport::reply;
using verdict_kind = model::verdict::kind;

constexpr auto verdict_limit = 30s;         // for `ack: processed`
constexpr std::size_t most_at_once = 64;  // messages of one batch that wait for the journal

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
    made.entry->message = std::move(message);
    made.entry->refused = model::has_error(found);
    made.control_id = envelope.control_id;
    made.type = envelope.type + '^' + envelope.trigger;
    made.found = std::move(found);
    made.answer_duplicates = listener.answer_duplicates;
    made.duplicate_window = listener.duplicate_window;
    made.answered_later = listener.ack_processed && !made.entry->refused;
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

void note_batch(const settings::listener& listener, const adapters::batch& batch, observe::listener_row& row)
{
    log.info("intake.batch", {{"listener", listener.name}, {"messages", batch.messages.size()}});
    for (const auto& one : batch.found) {
        log.warn("intake.batch_strange", {{"listener", listener.name}, {"reason", model::to_text(one)}});
        row.last_error.set("a batch: " + model::to_text(one));
    }
}

model::received part_of(const model::received& whole, std::string_view bytes, std::size_t number)
{
    return {.bytes = std::string(bytes), .listener = whole.listener, .peer = whole.peer, .sender = whole.sender, .request = whole.request,
            .content_type = whole.content_type, .at = whole.at,
            .identity = whole.identity.empty() ? std::string() : whole.identity + '/' + std::to_string(number)};
}

// One reply of all: as bad as the worst. While one could not be stored, or may not be sent, the batch must be sent again; what was
// stored is a repeat then.
reply gather(const way& from, std::string_view bytes, std::vector<reply>& replies)
{
    reply made{.what = reply::kind::stored, .http_status = 200};
    std::vector<model::answer> answers;
    for (auto& one : replies) {
        if (one.what == reply::kind::unavailable || one.what == reply::kind::forbidden)
            return std::move(one);
        if (one.what != reply::kind::stored) {
            made.what = one.what;
            made.http_status = one.http_status;
        }
        for (auto& issue : one.found) {
            issue.diagnostics = "message " + std::to_string(answers.size() + 1) + ": " + issue.diagnostics;
            made.found.push_back(std::move(issue));
        }
        made.later.insert(made.later.end(), one.later.begin(), one.later.end());
        answers.push_back({.bytes = std::move(one.bytes), .http_status = one.http_status});
    }
    made.bytes = from.adapter->answer_batch(bytes, answers).bytes;
    return made;
}

}  // namespace

intake::intake(intake_parts parts, std::shared_ptr<const ways> listeners) : parts_(std::move(parts)), ways_(std::move(listeners)) {}

bool intake::ready() const { return !parts_.store.failed() && parts_.board.not_ready().get().empty(); }

/// The answers to a batch's messages, while some of them are still to come.
struct intake::gathering {
    gathering(const asio::any_io_executor& on, std::size_t size) : replies(size), changed(on, asio::steady_timer::time_point::max()) {}
    std::vector<reply> replies;
    std::size_t open = 0;        // messages that are being stored
    asio::steady_timer changed;  // cancelled whenever one has been answered
};

asio::awaitable<reply> intake::accept(model::received message)
{
    auto table = ways_;  // a reload may replace it while this waits
    const auto found_way = table->find(message.listener);
    if (found_way == table->end())
        co_return reply{};
    const way& from = found_way->second;
    if (message.sender.empty())
        message.sender = message.listener;
    auto batch = from.adapter->split(message.bytes);
    if (batch) {
        auto said = co_await accept_batch(std::move(table), from, message, std::move(*batch));
        co_return said;
    }
    co_await parts_.pacer.pass(parts_.journal.last());
    auto said = co_await take(std::move(table), from, std::move(message));
    co_return said;
}

// In their order, several at once, so that they share a sync. `batch` is of `whole`, which the caller keeps.
asio::awaitable<reply> intake::accept_batch(std::shared_ptr<const ways> table, const way& from, const model::received& whole,
                                            adapters::batch batch)
{
    note_batch(from.listener, batch, parts_.board.listener(whole.listener));
    if (model::has_error(batch.found)) {
        auto said = refuse(whole.listener, whole.bytes, batch.found.front());
        co_return said;
    }
    const auto executor = co_await asio::this_coro::executor;
    const auto all = std::make_shared<gathering>(executor, batch.messages.size());
    for (std::size_t number = 0; number < batch.messages.size() || all->open > 0;) {
        const bool all_begun = number == batch.messages.size();
        if (all_begun || all->open == most_at_once) {
            co_await all->changed.async_wait(no_throw);
            continue;
        }
        co_await parts_.pacer.pass(parts_.journal.last());
        model::received one = part_of(whole, batch.messages[number], number);
        auto accepting = accept_next(table, from, all, std::move(one), number);
        all->open++;
        number++;
        asio::co_spawn(executor, std::move(accepting), asio::detached);
    }
    co_return gather(from, whole.bytes, all->replies);
}

asio::awaitable<void> intake::accept_next(std::shared_ptr<const ways> table, const way& from, std::shared_ptr<gathering> into,
                                          model::received message, std::size_t number)
{
    auto said = co_await take(std::move(table), from, std::move(message));
    into->replies[number] = std::move(said);
    into->open--;
    into->changed.cancel();
}

// One message from its bytes to its answer. `from` lives in the table.
asio::awaitable<reply> intake::take(std::shared_ptr<const ways>, const way& from, model::received message)
{
    auto& row = note_arrival(message);
    die_at("received");
    waste();
    model::issues found;
    const auto envelope = from.adapter->open(message, found);
    if (envelope.readable && !may_send(from.listener, envelope))
        co_return forbidden(row, from.listener);
    if (envelope.readable)
        check_accepted(from.listener, envelope, found);

    auto submission = make_submission(from.listener, envelope, std::move(message), found);
    const std::shared_ptr<const model::entry> entry = submission.entry;  // the answer is made of it
    const auto& sent = entry->message;
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
    const bool accepted = verdict.what != verdict_kind::rejected;
    auto said = answer(from, sent, envelope, std::move(verdict));
    if (accepted && expects_application_ack(from.listener, envelope) && from.listener.application_ack_to.empty()) {
        said.later.push_back(said.id);
        if (receipt->what == journal::receipt::kind::repeat)
            make_known_again(from, sent, envelope, *receipt);
    }
    co_return said;
}

// A message that was processed before: its application acknowledgment is made once more, the same.
void intake::make_known_again(const way& from, const model::received& message, const model::envelope& envelope, const journal::receipt& first)
{
    if (parts_.later.known(first.at))
        return;
    const auto outcome = journal::read_outcome(parts_.store, first.at);
    if (!outcome || !*outcome)
        return;  // it is being processed
    auto bytes = application_ack(message, *from.adapter, envelope, (*outcome)->found, tieline_id(parts_.node, first.at), first.time);
    parts_.later.complete(first.at, std::move(bytes));
}

observe::listener_row& intake::note_arrival(const model::received& message)
{
    auto& row = parts_.board.listener(message.listener);
    row.received.add();
    row.last_message.set(message.at.time_since_epoch().count());
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

void intake::follow(std::string_view listener, std::string_view id, std::weak_ptr<transport::way_back> over)
{
    const auto at = offset_of(id, parts_.node);
    const auto there = over.lock();
    if (at && there)
        parts_.later.wait(*at, there, parts_.board.listener(listener));
}

}  // namespace tieline::pipeline
