#pragma once

#include "broker/base/ids.hpp"
#include "broker/base/time.hpp"
#include "broker/model/decision.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace tieline::deliver {

/// A waiting message in memory.
struct waiting {
    model::delivery row{};
    std::uint32_t answered = 0;  ///< tries since the start that the receiver answered
    bool repeated = false;       ///< the receiver may have it from an earlier try
    bool sending = false;
};

/// The waiting messages of a destination that are in memory, and which of them may go next. Messages of one lane go one after
/// the other in the order of their offsets: the next only after the former has been removed. With `one_lane` all are of one
/// lane; else each key is a lane. No clock, no I/O.
class lanes {
public:
    explicit lanes(bool one_lane) : one_lane_(one_lane) {}

    /// Puts what is there into other lanes; what is being sent goes on.
    void regroup(bool one_lane);

    /// Adds a message; nothing happens when it is there already.
    void add(offset at, waiting what);
    void remove(offset at);
    waiting* find(offset at);

    /// The message with the least offset that may be sent at `now`, marked as being sent; none when all must wait.
    std::optional<offset> next(instant now);
    /// Whether `next` would give one.
    bool has_next(instant now);
    /// A try of it has ended without an end of the message: it may go again at `row.next_try`.
    void put_back(offset at);
    /// Whatever waits for its next try may go now.
    void retry_now();
    /// When the first of those that wait for their next try may go.
    std::optional<instant> next_due() const;

    template <typename Function>
    void for_each(Function each)
    {
        for (auto& [at, what] : rows_)
            each(what);
    }

    std::size_t size() const { return rows_.size(); }
    bool empty() const { return rows_.empty(); }
    /// When the oldest began to wait.
    std::optional<instant> oldest() const;

private:
    struct lane {
        std::set<offset> rows{};
        std::size_t sending = 0;  ///< of them; the others wait until it is 0
    };
    const std::string& key_of(const waiting& what) const;
    void schedule(const lane& of);
    void unschedule(const lane& of);
    void wake(instant now);

    bool one_lane_;
    std::map<offset, waiting> rows_;
    std::unordered_map<std::string, lane> lanes_;
    // Of each lane that is not being sent from, its first row stands in one of these.
    std::set<offset> ready_;
    std::map<offset, instant> delayed_;
    std::set<std::pair<instant, offset>> due_;  // the same as `delayed_`, by time
};

}  // namespace tieline::deliver
