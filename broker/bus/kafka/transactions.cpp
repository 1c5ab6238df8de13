#include "broker/bus/kafka/transactions.hpp"

#include "broker/bus/kafka/reader.hpp"
#include "broker/observe/log.hpp"

#include <algorithm>
#include <random>

namespace tieline::bus::kafka {
namespace {

using namespace std::chrono_literals;

// A transaction costs some 30 ms whatever it holds; these are the least that makes it cheap and the most that a reader waits.
constexpr std::size_t most_records = 2000;
constexpr auto most_age = 50ms;
constexpr auto most_patience = 20s;  // with brokers that are there; a second more for each MiB
constexpr auto slice = 200ms;  // of a wait for the brokers, between looks at whether to stop

// Family `cursor`: the name that this journal has given itself on Kafka, so that no other is taken for it.
constexpr std::string_view name_key = "kafka_journal";
constexpr std::string_view no_name = "none";  // what Kafka says of this node is not to be gone by

constexpr std::uint64_t own_id = ~0ULL;  // of reports; no range has it

std::string new_name()
{
    std::random_device random;
    std::string name;
    for (int i = 0; i < 16; i++)
        name += "0123456789abcdef"[random() % 16];
    return name;
}

error_code put_name(store::store& in, std::string_view name)
{
    store::batch one;
    one.put(store::family::cursor, name_key, name);
    return in.commit(std::move(one), store::durability::synced);
}

}  // namespace

error_code forget_progress(store::store& in) { return put_name(in, no_name); }

transactions::transactions(const settings::bus& given, const parts& from)
    : topic_(given.prefix + "_progress"), node_(from.node), replication_(given.replication),
      reading_(reader_properties(given, from.node)), store_(from.store), through_(from.from), newest_(std::max(from.newest, from.from))
{
    const auto name = store_.get(store::family::cursor, name_key);
    if (!name)
        stop("the name of this journal can't be read: " + name.error().message());
    else if (*name)
        journal_ = **name;
    adopting_ = journal_ == no_name;
}

void transactions::producer_is_new()
{
    phase_ = phase::topic;
    sent_ = false;
    next_try_ = {};
    last_step_ = clock::now();
    open_ranges_ = open_records_ = open_bytes_ = 0;
    open_released_.clear();
}

bool transactions::take_over(producer& with, const std::function<bool()>& stopping)
{
    if (!stopped_.empty() || clock::now() < next_try_)
        return false;
    while (phase_ != phase::ready) {
        if (stopping() || !step_over(with, stopping))
            return false;
        last_step_ = clock::now();
    }
    return true;
}

// One phase; false when it is not done yet.
bool transactions::step_over(producer& with, const std::function<bool()>& stopping)
{
    const auto next = [this](bool done, phase then) {
        if (done)
            phase_ = then;
        return done;
    };
    switch (phase_) {
    case phase::topic: return next(ensure_topic(with), phase::fence);
    case phase::fence: return next(with.fence(slice) == step::done, phase::hello);
    case phase::hello: return next(commit_notes(with, {hello_note(node_)}), phase::read);
    case phase::read: return read_back(stopping);
    case phase::adopt: return next(commit_notes(with, {progress_note(node_, through_, journal_)}) && adopted(), phase::ready);
    case phase::ready: break;
    }
    return true;
}

bool transactions::ensure_topic(producer& with)
{
    const auto found = with.ensure_topic({.name = topic_, .replication = replication_, .compacted = true}, 3s);
    trouble_ = found ? "" : "topic " + topic_ + ": " + found.error();
    if (found)
        return true;
    observe::log.warn("bus.topic_missing", {{"topic", topic_}, {"reason", found.error()}});
    next_try_ = clock::now() + 2s;
    return false;
}

// A transaction of its own.
bool transactions::commit_notes(producer& with, const std::vector<note>& notes)
{
    if (!sent_) {
        if (with.begin() != step::done)
            return false;
        for (const auto& one : notes)
            if (const auto refused = with.send(topic_, one, own_id); !refused.empty()) {
                with.give_up(topic_ + ": " + refused);
                return false;
            }
        sent_ = true;
    }
    if (with.commit(slice) != step::done)
        return false;
    sent_ = false;
    for (const auto& one : with.poll(0ms))
        take_report(one);
    return true;
}

std::chrono::milliseconds transactions::until_due(std::chrono::milliseconds limit) const
{
    if (open_ranges_ == 0)
        return limit;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(opened_ + most_age - clock::now());
    return std::clamp(left, 0ms, limit);
}

bool transactions::stuck() const
{
    const bool awaited = open_ranges_ > 0 || (phase_ != phase::topic && phase_ != phase::ready);
    return stopped_.empty() && awaited && clock::now() - last_step_ > most_patience + std::chrono::seconds(open_bytes_ >> 20);
}

void transactions::take_report(const delivery_report& report)
{
    if (report.id == own_id)
        hello_at_ = report.position;
}

bool transactions::read_back(const std::function<bool()>& stopping)
{
    const auto notes = read_notes(reading_, topic_, hello_at_, 10s, stopping);
    if (!notes) {
        trouble_ = "topic " + topic_ + ": " + notes.error();
        next_try_ = clock::now() + 1s;
        return false;
    }
    trouble_.clear();
    auto there = read_progress(node_, *notes);
    if (!there) {
        stop("topic " + topic_ + ": " + there.error());
        return false;
    }
    judge(std::move(*there));
    return stopped_.empty();
}

// Whether Kafka and the journal fit together: then on from there.
void transactions::judge(progress there)
{
    if (!adopting_) {
        if (const auto why = contradiction(there, journal_, through_, newest_); !why.empty())
            return stop(why);
    }
    if (adopting_ || journal_.empty()) {
        // From here on under a name of its own. Should the process end before the name is kept, it begins so again: nothing
        // has been published under it.
        if (put_name(store_, no_name))
            return stop("the store failed");
        adopting_ = true;
        journal_ = new_name();
        there_ = {.through = through_};
        phase_ = phase::adopt;
        return;
    }
    observe::log.info("bus.position", {{"kafka", there.through.value}, {"journal", through_.value}});
    there_ = std::move(there);
    phase_ = phase::ready;
}

bool transactions::adopted()
{
    if (put_name(store_, journal_)) {
        stop("the store failed");
        return false;
    }
    adopting_ = false;
    observe::log.info("bus.position_begun", {{"journal", through_.value}});
    return true;
}

void transactions::stop(std::string why)
{
    stopped_ = std::move(why);
    observe::log.error("bus.stopped", {{"reason", stopped_}});
}

bool transactions::add(producer& with, window::range& one)
{
    if (sent_ || open_records_ >= most_records)
        return false;
    if (open_ranges_ == 0) {
        if (with.begin() != step::done)
            return false;
        opened_ = last_step_ = clock::now();
        open_through_ = std::max(through_, there_.through);
    }
    window::skip(one, there_);
    open_ranges_++;
    open_records_ += one.missing;
    open_bytes_ += one.bytes;
    open_through_ = std::max(open_through_, one.what.through);
    newest_ = std::max(newest_, open_through_);
    for (const auto& record : one.what.records)
        if (one.released && (open_released_.empty() || open_released_.back() != record.at))
            open_released_.push_back(record.at);
    return true;
}

std::size_t transactions::end(producer& with, bool now)
{
    if (open_ranges_ == 0 || (!sent_ && !now && open_records_ < most_records && clock::now() - opened_ < most_age))
        return 0;
    if (!sent_) {
        for (const auto& one : closing_notes())
            if (const auto refused = with.send(topic_, one, own_id); !refused.empty())
                with.give_up(topic_ + ": " + refused);
        sent_ = true;
    }
    if (!with.broken().empty() || with.commit(slice) != step::done)
        return 0;
    last_step_ = clock::now();
    through_ = open_through_;
    sent_ = false;
    open_records_ = open_bytes_ = 0;
    open_released_.clear();
    return std::exchange(open_ranges_, 0);
}

std::vector<note> transactions::closing_notes() const
{
    std::vector<note> notes = {progress_note(node_, open_through_, journal_)};
    for (const auto at : open_released_)
        notes.push_back(released_note(node_, at, journal_));
    return notes;
}

}  // namespace tieline::bus::kafka
