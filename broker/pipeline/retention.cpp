#include "broker/pipeline/retention.hpp"

#include "broker/base/pack.hpp"
#include "broker/bus/embedded/record.hpp"
#include "broker/deliver/queue.hpp"
#include "broker/journal/duplicates.hpp"
#include "broker/journal/keys.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/observe/log.hpp"
#include "broker/store/entry.hpp"

#include <algorithm>
#include <set>

namespace tieline::pipeline {
namespace {

using store::family;

constexpr std::uint64_t most_of_a_step = 20'000;  // offsets: some 50 ms, some megabytes of changes
constexpr std::size_t most_kept = 1'000;          // unfinished messages that the ranges go round
constexpr std::string_view position_key = "retention";
constexpr family by_offset[] = {family::entry, family::bundle, family::outcome, family::trace};

}  // namespace

/// What one step deletes.
struct retention::slice {
    offset first{};
    offset until{};
    std::set<offset> unfinished{};
    std::map<std::pair<std::string, std::int32_t>, std::set<std::int64_t>> places{};  ///< of records, by topic and partition
    store::batch changes{};
    std::uint64_t messages = 0;
};

bool retention::step(const retention_limits& limits, instant now)
{
    if (!load())
        return false;
    slice one{.first = {through_.value + 1}};
    one.until = {std::min(std::max(limit(limits, now).value, one.first.value), one.first.value + most_of_a_step)};
    const auto answers_kept_from = now - limits.duplicates;
    if (!find_unfinished(one))
        return false;
    for (auto at = one.first; at < one.until; at.value++)
        if (!one.unfinished.contains(at))
            delete_keys(one, at, answers_kept_from);
    delete_kept(one, answers_kept_from);
    delete_ranges(one);
    delete_seconds(one);
    delete_records(one);
    delete_late_answers(one, answers_kept_from);
    return save(one);
}

// Where an earlier step, perhaps of an earlier run, ended.
bool retention::load()
{
    if (loaded_)
        return true;
    const auto value = store_.get(family::cursor, position_key);
    if (!value)
        return false;
    if (*value) {
        unpacker from(**value);
        through_ = {from.number()};
        for (auto left = from.number(); left > 0 && from.ok(); left--)
            kept_.push_back({from.number()});
    }
    return loaded_ = true;
}

// What is below this may go: published, and old or too much.
offset retention::limit(const retention_limits& limits, instant now)
{
    const auto published = journal::read_published_through(store_);
    if (!published)
        return {};
    const offset end{published->value + 1};
    return std::min(end, std::max(older_than(now - limits.finished), beyond_size(limits.size, end)));
}

// The first offset of that second or a later one. Without one all are older; where seconds can't be read, none is.
offset retention::older_than(instant time)
{
    offset found{~0ULL};
    const auto each = [&found](std::string_view, std::string_view value) {
        found = {read_big_endian(value)};
        return false;
    };
    bool passed_over = false;
    const auto error = store_.scan(family::index, journal::second_key(time), journal::second_key(instant::max()), each,
                                   [&passed_over](std::string_view, std::string_view) { passed_over = true; });
    return error || passed_over ? offset{} : found;
}

// The least offset behind which no more than that stands.
offset retention::beyond_size(std::uint64_t most, offset end)
{
    const auto bytes_from = [this](offset at) {
        std::uint64_t all = 0;
        for (const auto in : by_offset)
            all += store_.bytes(in, store::key_of(at.value), {});
        return all;
    };
    auto low = through_.value + 1, high = end.value;
    if (most == 0 || bytes_from({low}) <= most)
        return {};
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        if (bytes_from({middle}) > most)
            low = middle + 1;
        else
            high = middle;
    }
    return {low};
}

// All that waits or is Held anywhere, configured or not. What can't be read may be unfinished: nothing is deleted then.
bool retention::find_unfinished(slice& of)
{
    bool passed_over = false;
    const auto destinations = deliver::destinations_with_rows(store_, &passed_over);
    if (!destinations || passed_over)
        return false;
    bool known = true;
    for (const auto& name : *destinations) {
        for (const auto state : {model::delivery_state::waiting, model::delivery_state::held}) {
            const auto each = [&](offset at, const model::delivery&) {
                if (at < of.until)
                    of.unfinished.insert(at);
                return at < of.until && of.unfinished.size() + kept_.size() <= most_kept;
            };
            const auto error = deliver::scan_rows(store_, name, state, {of.first.value - 1}, each,
                                                  [&](offset first, offset) { known = known && first >= of.until; });
            known = known && !error;
        }
    }
    while (of.unfinished.size() + kept_.size() > most_kept) {  // the rest is for when people have dealt with some of them
        of.until = *of.unfinished.rbegin();
        of.unfinished.erase(of.until);
    }
    of.until = std::max(of.until, of.first);
    return known;
}

bool retention::is_unfinished(offset at)
{
    const auto destinations = deliver::destinations_with_rows(store_);
    if (!destinations)
        return true;
    return std::any_of(destinations->begin(), destinations->end(), [&](const auto& name) {
        const auto waits = deliver::read_row(store_, name, model::delivery_state::waiting, at);
        const auto held = deliver::read_row(store_, name, model::delivery_state::held, at);
        return !waits || *waits || !held || *held;
    });
}

// The keys of one message that lie among others'.
void retention::delete_keys(slice& of, offset at, instant answers_kept_from)
{
    const auto key = store::key_of(at.value);
    const auto label = store::read_label(store_, at);
    const auto outcome = journal::read_outcome(store_, at);
    if (label) {
        of.messages++;
        of.changes.erase(family::index, journal::type_prefix(label->type) + key);
        of.changes.erase(family::index, journal::control_id_prefix(label->control_id) + key);
        if (!label->control_id.empty() && !label->refused) {
            const auto answer = journal::answer_key_of(label->message.sender, label->control_id);
            if (label->message.at < answers_kept_from)
                journal::erase_answer(store_, of.changes, answer, at);
            else
                of.changes.put(family::index, journal::answer_end_key(label->message.at, at), answer);
        }
    }
    if (!outcome || !*outcome)
        return;
    if (!(*outcome)->patient_key.empty())
        of.changes.erase(family::index, journal::patient_prefix((*outcome)->patient_key) + key);
    for (const auto& place : (*outcome)->places)
        of.places[{place.topic, place.partition}].insert(place.position);
}

void retention::delete_ranges(slice& of)
{
    auto from = of.first;
    const auto erase_until = [&](offset until) {
        if (from < until)
            for (const auto in : by_offset)
                of.changes.erase_range(in, store::key_of(from.value), store::key_of(until.value));
        from = {until.value + 1};
    };
    for (const auto at : of.unfinished)
        erase_until(at);
    erase_until(of.until);
}

// What was unfinished when the ranges went round it, and has ended since.
void retention::delete_kept(slice& of, instant answers_kept_from)
{
    std::erase_if(kept_, [&](offset at) {
        if (is_unfinished(at))
            return false;
        delete_keys(of, at, answers_kept_from);
        for (const auto in : by_offset)
            of.changes.erase_range(in, store::key_of(at.value), store::key_of(at.value + 1));
        return true;
    });
}

void retention::delete_seconds(slice& of)
{
    const auto first = journal::second_key({});
    std::string last;
    store_.scan(family::index, first, journal::second_key(instant::max()), [&](std::string_view key, std::string_view value) {
        const bool gone = read_big_endian(value) < of.until.value;
        if (gone)
            last = key;
        return gone;
    });
    if (!last.empty())
        of.changes.erase_range(family::index, first, last + '\0');
}

// Runs of positions, as whole ranges. The next position of a partition is kept, so that none is used again.
void retention::delete_records(slice& of)
{
    for (const auto& [place, positions] : of.places) {
        const auto prefix = bus::embedded::partition_prefix(place.first, place.second);
        if (const auto last = store_.last_key(family::record, prefix, prefix + store::key_of(~0ULL)); !last || !*last)
            continue;  // another bus has them
        const auto key_at = [&](std::int64_t position) { return prefix + store::key_of(static_cast<std::uint64_t>(position)); };
        for (auto from = positions.begin(); from != positions.end();) {
            auto until = std::next(from);
            while (until != positions.end() && *until == *std::prev(until) + 1)
                ++until;
            of.changes.erase_range(family::record, key_at(*from), key_at(*std::prev(until) + 1));
            from = until;
        }
        bus::embedded::keep_next_position(store_, of.changes, place.first, place.second, *positions.rbegin() + 1);
    }
}

// Answers of messages that went before the window of their answers had ended.
void retention::delete_late_answers(slice& of, instant answers_kept_from)
{
    std::size_t most = most_of_a_step;
    store_.scan(family::index, journal::answer_end_key({}, {}), journal::answer_end_key(answers_kept_from, {}),
                [&](std::string_view key, std::string_view answer) {
                    journal::erase_answer(store_, of.changes, answer, {read_big_endian(key.substr(key.size() - sizeof(std::uint64_t)))});
                    of.changes.erase(family::index, key);
                    return --most > 0;
                });
}

bool retention::save(slice& of)
{
    if (of.until == of.first && of.changes.empty())
        return false;
    kept_.insert(kept_.end(), of.unfinished.begin(), of.unfinished.end());
    through_ = {of.until.value - 1};
    packer position;
    position.number(through_.value).number(kept_.size());
    for (const auto at : kept_)
        position.number(at.value);
    of.changes.put(family::cursor, position_key, position.take());
    if (store_.commit(std::move(of.changes), store::durability::buffered))
        return false;
    if (of.unfinished.empty() && of.first < of.until)
        for (const auto in : by_offset)
            store_.free_range(in, store::key_of(of.first.value), store::key_of(of.until.value));
    deleted_ += of.messages;
    if (of.messages > 0)
        observe::log.info("retention.deleted", {{"messages", of.messages}, {"through", through_.value}, {"kept", kept_.size()}});
    return of.until.value - of.first.value == most_of_a_step;
}

}  // namespace tieline::pipeline
