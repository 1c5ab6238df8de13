#include "broker/pipeline/worker.hpp"

#include "broker/base/sabotage.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/observe/log.hpp"
#include "broker/pipeline/processing.hpp"

#include <pthread.h>

#include <algorithm>
#include <span>

namespace tieline::pipeline {
namespace {

using namespace std::chrono_literals;
using observe::log;
using entry_ptr = std::shared_ptr<const model::entry>;

constexpr std::size_t most_entries = 96;         // of one publication: small enough that the next is made while it is confirmed
constexpr std::size_t most_bytes = 4U << 20;

// Breaks what the bus is promised, one time in 100: in a test build, to order.
void sabotage(std::vector<model::record>& records)
{
    if (sabotaged("drop", 100)) {
        records.clear();
    } else if (sabotaged("double", 100)) {
        const auto again = records;
        records.insert(records.end(), again.begin(), again.end());
    } else if (sabotaged("reorder") && !records.empty()) {
        static std::vector<model::record> kept;
        if (!kept.empty() && kept.front().key == records.front().key)
            std::move(kept.begin(), kept.end(), std::back_inserter(records)), kept.clear();
        else if (kept.empty() && sabotaged("reorder", 100))
            kept = std::exchange(records, {});
    }
}

std::int64_t ticks(std::chrono::steady_clock::time_point at) { return at.time_since_epoch().count(); }

void count(observe::board& board, const finished& one)
{
    auto& row = board.listener(one.entry->message.listener);
    if (one.what.outcome.state == model::message_state::filtered)
        row.filtered.add();
    if (one.what.outcome.state == model::message_state::held)
        row.held.add();
    for (const auto& reason : one.what.outcome.decision.reasons) {
        if (reason.matched)
            board.route(reason.route).matched.add();
    }
}

bool went_on(const model::outcome& before, const model::record& one)
{
    return std::any_of(before.places.begin(), before.places.end(), [&](const auto& place) { return place.topic == one.topic; });
}

bool went_on(const model::outcome& before, const deliver::queued& one)
{
    const auto& all = before.decision.destinations;
    return std::any_of(all.begin(), all.end(), [&](const auto& choice) { return choice.destination == one.destination; });
}

// Where the records of a message came to lie, or that the bus takes none of them.
void note_places(finished& one, std::span<const bus::placement> places)
{
    for (const auto& each : places) {
        if (each.refused.empty()) {
            one.what.outcome.places.push_back(each.place);
            continue;
        }
        one.what.outcome.places.clear();
        return hold_back(one.what, each.refused, one.answered_after_bus);
    }
}

// What the bus made of the messages: outcomes, deliveries, and what repeats are answered. `places` are in the order of the records.
void put_results(store::batch& effects, std::vector<finished>& all, std::span<const bus::placement> places)
{
    const auto published = now();
    for (auto& one : all) {
        const auto count = std::min(one.records, places.size());
        note_places(one, places.first(count));
        places = places.subspan(count);
        auto& outcome = one.what.outcome;
        outcome.places.insert(outcome.places.begin(), one.before.places.begin(), one.before.places.end());
        outcome.published_at = published;
        journal::put_outcome(effects, one.entry->at, outcome, one.what.bundle);
        if (one.what.settled)
            journal::settle(effects, *one.entry, one.what.envelope.control_id, outcome.state != model::message_state::refused);
        one.rows = make_deliveries(*one.entry, one.what);
        std::erase_if(one.rows, [&](const auto& row) { return went_on(one.before, row); });
        for (const auto& row : one.rows)
            deliver::put_delivery(effects, row);
    }
}

}  // namespace

worker::worker(worker_parts parts, std::shared_ptr<ways> listeners, std::shared_ptr<const route::router> router)
    : parts_(std::move(parts)), ways_(std::move(listeners)), router_(std::move(router)), through_(parts_.bus.published_through())
{
    thread_ = std::thread([this] { run(); });
}

worker::~worker() { stop(0ms); }

void worker::reload(std::shared_ptr<ways> listeners, std::shared_ptr<const route::router> router)
{
    ways_.set(std::move(listeners));
    router_.set(std::move(router));
}

void worker::release(offset at)
{
    std::lock_guard lock(mutex_);
    if (releasing_.insert(at).second)
        released_.push_back(at);
}

void worker::stop(std::chrono::milliseconds limit)
{
    end_ = ticks(std::chrono::steady_clock::now() + limit);
    stopping_ = true;
    if (thread_.joinable())
        thread_.join();
}

void worker::run()
{
    pthread_setname_np(pthread_self(), "pipeline");
    while (!stopping_) {
        if (!step(50ms))
            break;
    }
    while (through_ < parts_.journal.last() && ticks(std::chrono::steady_clock::now()) < end_) {
        if (!step(10ms))
            break;
    }
}

// One round: what people released, then what came. False when nothing can be published any more.
bool worker::step(std::chrono::milliseconds wait)
{
    if (const auto again = released(); !again.empty() && !publish(again, through_, now()))
        return false;
    const auto entries = parts_.journal.next(wait);
    if (entries.empty())
        parts_.pacer.caught_up();
    for (auto from = entries.begin(); from != entries.end();) {
        auto until = from;
        for (std::size_t bytes = 0; until != entries.end() && bytes < most_bytes &&
                                    until - from < static_cast<std::ptrdiff_t>(most_entries); ++until)
            bytes += (*until)->message.bytes.size();
        if (!publish({from, until}, (*(until - 1))->at, (*from)->message.at))
            return false;
        through_ = (*(until - 1))->at;
        from = until;
    }
    return true;
}

std::vector<entry_ptr> worker::released()
{
    std::vector<offset> wanted;
    {
        std::lock_guard lock(mutex_);
        wanted.swap(released_);
    }
    std::vector<entry_ptr> entries;
    for (const auto at : wanted) {
        const bool held = deliver::held_before_bus(parts_.store, at);
        auto entry = journal::read(parts_.store, at);
        if (held && entry) {
            entries.push_back(std::make_shared<const model::entry>(std::move(*entry)));
            continue;
        }
        if (!entry)
            log.error("pipeline.not_readable", {{"offset", at.value}, {"reason", entry.error().message()}});
        std::lock_guard lock(mutex_);
        releasing_.erase(at);
    }
    return entries;
}

// What became of a message so far; where it can't be read, nothing.
model::outcome worker::outcome_of(offset at) const
{
    auto found = journal::read_outcome(parts_.store, at);
    return found && *found ? std::move(**found) : model::outcome{};
}

// Adds all of one message to the range.
finished worker::add(const entry_ptr& entry, bus::publication& range, bool again)
{
    finished one{.entry = entry};
    const auto listeners = ways_.get();
    const auto from = listeners->find(entry->message.listener);
    if (from == listeners->end()) {
        one.what.outcome = {.state = model::message_state::filtered, .reason = "its listener is no longer configured"};
        return one;
    }
    const site here{.node = parts_.node, .key = parts_.site_key, .topic_prefix = parts_.topic_prefix};
    one.what = process(*entry, from->second, *router_.get(), here, again);
    one.answered_after_bus = from->second.listener.ack_published;
    if (one.what.settled && !one.answered_after_bus)
        parts_.verdicts.complete(entry->at, one.what.outcome.found);
    auto records = make_records(*entry, one.what, here);
    if (entry->at <= through_) {
        one.before = outcome_of(entry->at);
        std::erase_if(records, [&](const auto& record) { return went_on(one.before, record); });
    }
    sabotage(records);
    for (auto& record : records) {
        range.records.push_back(std::move(record));
        one.records++;
    }
    return one;
}

bool worker::publish(const std::vector<entry_ptr>& entries, offset through, instant oldest)
{
    bus::publication range{.through = through};
    const auto all = std::make_shared<std::vector<finished>>();  // shared: std::function copies what it holds
    for (const auto& entry : entries) {
        if (entry->refused)
            continue;  // its outcome stands in the batch that stored it
        const bool again = entry->at <= through_;
        if (again)
            deliver::erase_held_before_bus(range.effects, entry->at);
        all->push_back(add(entry, range, again));
        range.kept_bytes += entry->message.bytes.size() + sizeof all->back();
    }
    journal::put_published_through(range.effects, through);
    range.placed = [all](store::batch& effects, const auto& places) {
        die_at("published");
        put_results(effects, *all, places);
    };
    range.committed = [this, all, through] { committed(*all, through); };
    die_at("normalised");
    parts_.pacer.handed_over(oldest, entries.size());
    return parts_.bus.publish(std::move(range));
}

// On the bus and in the store: those who waited for that are told. On the bus's thread.
void worker::committed(std::vector<finished>& all, offset through)
{
    die_at("committed");
    parts_.pacer.published(through);
    std::vector<deliver::queued> rows;
    for (auto& one : all) {
        std::move(one.rows.begin(), one.rows.end(), std::back_inserter(rows));
        if (one.answered_after_bus)
            parts_.verdicts.complete(one.entry->at, one.what.outcome.found);
        if (one.what.answered_later)
            parts_.later.complete(one.entry->at, std::move(one.what.acknowledgment));
        count(parts_.board, one);
    }
    parts_.dispatcher.offer(std::move(rows));
    std::lock_guard lock(mutex_);
    for (const auto& one : all)
        releasing_.erase(one.entry->at);
}

}  // namespace tieline::pipeline
