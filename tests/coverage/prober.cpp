#include "prober.hpp"

#include "adapters/hl7v2/explain.hpp"

#include <algorithm>

namespace coverage {
namespace {

constexpr int most_attempts = 600;    // for one row
constexpr std::size_t most_ways = 24;

bool is_value(const row& one) { return one.what == row::action::copy || (one.what == row::action::compose && !one.constant); }

}  // namespace

prober::prober(std::shared_ptr<const program> maps) : maps_(std::move(maps)), run_(maps_, {})
{
    run_.watch(&trace_);
    places_.resize(maps_->rows());
    carried_.resize(maps_->rows());
    for (const auto& of : maps_->maps()) {
        for (const auto& one : of->rows) {
            places_[one.number] = {.in = of.get(), .what = &one};
            if (one.call)
                callers_[one.call].push_back({.in = of.get(), .what = &one});
            if (one.codes)
                uses_[one.codes].push_back({.in = of.get(), .what = &one});
        }
    }
    for (const auto& of : maps_->tables()) {
        for (const auto* list : {&of->exact, &of->patterns}) {
            for (const auto& one : *list)
                places_[one.number] = {.codes = of.get(), .entry = &one};
        }
    }
    for (const auto& on : maps_->messages()) {
        for (std::uint16_t node = 0; node < on->rows.size(); node++) {
            for (const auto& one : on->rows[node]) {
                const top at{.on = on.get(), .node = node, .what = &one};
                places_[one.number] = {.message = at};
                if (one.call)
                    tops_[one.call].push_back(at);
            }
        }
    }
    for (const auto& [event, before, after, on] : maps_->events())
        events_[on].emplace_back(event);
}

bool prober::prove(std::uint32_t number, const source& below)
{
    wanted_ = number;
    below_ = below;
    left_ = most_attempts;
    const bool whole = !below.field;
    if (whole && carried_[number])
        return true;
    const auto& at = places_[number];
    entry_ = at.entry;
    table_ = at.codes;
    if (at.entry)
        return prove_entry(*at.codes);
    if (at.message.on)
        return prove_message_row(at.message);
    if (!at.in)
        return false;
    for (auto& way : ways_to(*at.in, 4)) {
        way.push_back({.in = at.in, .what = at.what});
        if (prove_row(way, tops_[way.front().in]))
            return true;
    }
    return false;
}

// A row alone, then with others beside it, as a constant alone says nothing.
bool prober::prove_row(const chain& through, const std::vector<top>& tops)
{
    const auto ways = endings(through, 3);
    auto beside = fillers(*through.back().in);
    for (auto& one : beside) {
        auto whole = chain(through.begin(), std::prev(through.end()));
        whole.insert(whole.end(), one.begin(), one.end());
        one = std::move(whole);
    }
    if (through.size() > 1) {
        for (auto& one : fillers(*through.front().in))
            beside.push_back(std::move(one));
    }
    for (std::size_t i = 0; i < tops.size() && left_ > 0; i++) {
        for (const auto& way : ways) {
            if (attempt(tops[i], {&way}))
                return true;
            for (const auto& other : beside) {
                if (attempt(tops[i], {&way, &other}))
                    return true;
            }
        }
    }
    return false;
}

bool prober::prove_message_row(const top& at)
{
    if (!at.what->call)
        return attempt(at, {});
    for (const auto& one : fillers(*at.what->call)) {
        if (attempt(at, {&one}))
            return true;
    }
    return false;
}

// Where a row names the table, or leads to a map whose rows take the caller's.
bool prober::prove_entry(const table& of)
{
    for (const auto& use : uses_[&of]) {
        for (auto& way : ways_to(*use.in, 4)) {
            way.push_back(use);
            if (prove_row(way, tops_[way.front().in]))
                return true;
        }
    }
    return false;
}

std::string prober::why_not(std::uint32_t number) const
{
    const auto& at = places_[number];
    const auto use = uses_.find(at.codes);
    if (at.entry && use == uses_.end())
        return "no mapping row of a field names its table";
    if (at.in && (ways_to(*at.in, 4).empty()))
        return "no mapping row of a segment leads to its data type map; the types' own rows do the same where they are short";
    return "the test finds no small message in which it fills an element of its own";
}

std::vector<prober::chain> prober::ways_to(const map& to, int depth) const
{
    if (to.of_segment)
        return {chain{}};
    std::vector<chain> made;
    const auto known = callers_.find(&to);
    if (known == callers_.end() || !depth)
        return made;
    for (const auto& caller : known->second) {
        if (caller.in == &to)
            continue;
        for (auto& way : ways_to(*caller.in, depth - 1)) {
            way.push_back(caller);
            made.push_back(std::move(way));
        }
    }
    std::stable_sort(made.begin(), made.end(), [](const chain& a, const chain& b) { return a.size() < b.size(); });
    if (made.size() > most_ways)
        made.resize(most_ways);
    return made;
}

// A row that calls a map fills nothing itself: the rows of that map that do.
std::vector<prober::chain> prober::endings(const chain& from, int depth) const
{
    const auto& last = *from.back().what;
    if (!last.call || !depth)
        return {from};
    std::vector<chain> made;
    for (const auto& one : last.call->rows) {
        auto longer = from;
        longer.push_back({.in = last.call, .what = &one});
        if (is_value(one))
            made.push_back(std::move(longer));
        else if (one.call && one.call != last.call)
            for (auto& way : endings(longer, depth - 1))
                made.push_back(std::move(way));
    }
    if (made.size() > most_ways)
        made.resize(most_ways);
    return made;
}

// Some rows of a map that say something of the message.
std::vector<prober::chain> prober::fillers(const map& of) const
{
    std::vector<chain> made;
    for (const auto& one : of.rows) {
        if (is_value(one) && one.from.own)
            made.push_back({{.in = &of, .what = &one}});
        else if (one.call)
            for (auto& way : endings({{.in = &of, .what = &one}}, 2)) {
                made.push_back(std::move(way));
                break;
            }
    }
    if (made.size() > 12)
        made.resize(12);
    return made;
}

bool prober::convert(const std::string& text)
{
    tieline::model::issues found;
    message read;
    if (text.empty() || !read.read(text, found))
        return false;
    run_.run(read, text, found);
    const auto carried = rows_carried_out(run_, trace_);
    for (std::size_t i = 0; i < carried.size(); i++)
        carried_[i] = carried_[i] || carried[i];
    return carried[wanted_];
}

}  // namespace coverage
