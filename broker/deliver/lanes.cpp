#include "broker/deliver/lanes.hpp"

#include <boost/assert.hpp>

namespace tieline::deliver {

const std::string& lanes::key_of(const waiting& what) const
{
    static const std::string the_one;
    return one_lane_ ? the_one : what.row.key;
}

void lanes::regroup(bool one_lane)
{
    one_lane_ = one_lane;
    lanes_.clear();
    ready_.clear();
    delayed_.clear();
    due_.clear();
    for (const auto& [at, what] : rows_) {
        auto& lane = lanes_[key_of(what)];
        lane.rows.insert(at);
        lane.sending += what.sending;
    }
    for (const auto& [key, lane] : lanes_)
        schedule(lane);
}

void lanes::add(offset at, waiting what)
{
    const auto [place, fresh] = rows_.emplace(at, std::move(what));
    if (!fresh)
        return;
    auto& lane = lanes_[key_of(place->second)];
    unschedule(lane);
    lane.rows.insert(at);
    schedule(lane);
}

void lanes::remove(offset at)
{
    const auto place = rows_.find(at);
    if (place == rows_.end())
        return;
    const auto lane = lanes_.find(key_of(place->second));
    BOOST_ASSERT(lane != lanes_.end());
    unschedule(lane->second);
    if (place->second.sending)
        lane->second.sending--;
    lane->second.rows.erase(at);
    schedule(lane->second);
    if (lane->second.rows.empty())
        lanes_.erase(lane);
    rows_.erase(place);
}

waiting* lanes::find(offset at)
{
    const auto place = rows_.find(at);
    return place == rows_.end() ? nullptr : &place->second;
}

std::optional<offset> lanes::next(instant now)
{
    if (!has_next(now))
        return std::nullopt;
    const auto at = *ready_.begin();
    ready_.erase(ready_.begin());
    auto& what = rows_.at(at);
    what.sending = true;
    lanes_.at(key_of(what)).sending++;
    return at;
}

bool lanes::has_next(instant now)
{
    wake(now);
    return !ready_.empty();
}

void lanes::put_back(offset at)
{
    auto& what = rows_.at(at);
    auto& lane = lanes_.at(key_of(what));
    what.sending = false;
    lane.sending--;
    schedule(lane);
}

void lanes::retry_now()
{
    for (const auto& [at, due] : delayed_)
        ready_.insert(at);
    delayed_.clear();
    due_.clear();
    for (auto& [at, what] : rows_)
        what.row.next_try = {};
}

std::optional<instant> lanes::next_due() const
{
    return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

std::optional<instant> lanes::oldest() const
{
    return rows_.empty() ? std::nullopt : std::optional(rows_.begin()->second.row.since);
}

// Puts the lane's first row where it can be found, unless one of the lane is being sent.
void lanes::schedule(const lane& of)
{
    if (of.sending > 0 || of.rows.empty())
        return;
    const auto first = *of.rows.begin();
    const auto due = rows_.at(first).row.next_try;
    if (due == instant{})
        ready_.insert(first);
    else if (delayed_.emplace(first, due).second)
        due_.emplace(due, first);
}

void lanes::unschedule(const lane& of)
{
    if (of.sending > 0 || of.rows.empty())
        return;
    const auto first = *of.rows.begin();
    ready_.erase(first);
    if (const auto found = delayed_.find(first); found != delayed_.end()) {
        due_.erase({found->second, first});
        delayed_.erase(found);
    }
}

void lanes::wake(instant now)
{
    while (!due_.empty() && due_.begin()->first <= now) {
        const auto at = due_.begin()->second;
        due_.erase(due_.begin());
        delayed_.erase(at);
        ready_.insert(at);
    }
}

}  // namespace tieline::deliver
