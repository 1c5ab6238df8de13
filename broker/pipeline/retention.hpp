#pragma once

#include "broker/base/error.hpp"
#include "broker/base/ids.hpp"
#include "broker/base/time.hpp"
#include "broker/model/decision.hpp"
#include "broker/store/store.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace tieline::pipeline {

struct retention_limits {
    std::chrono::milliseconds finished{};    ///< what has been finished is kept so long after it came
    std::uint64_t size = 0;                  ///< bytes of messages, Bundles, outcomes and stories above which the oldest go sooner; 0: none
    std::chrono::milliseconds duplicates{};  ///< the longest window of a listener: answers are kept so long, whatever goes
};

/// Deletes what is finished and old: messages with their Bundles, outcomes, stories, index keys and records of the embedded bus,
/// oldest first, in whole ranges of offsets. What is not published, waits or is Held anywhere is left where it is, and the ranges
/// go round it. A repeat within the window of its listener gets its answer again when its first is long deleted.
class retention {
public:
    explicit retention(store::store& in) : store_(in) {}

    /// Deletes some; true when there is more to delete. Errors are the store's own to tell: nothing is deleted then.
    bool step(const retention_limits& limits, instant now);

    /// How many messages it has deleted since it was made.
    std::uint64_t deleted() const { return deleted_; }

private:
    struct slice;

    bool load();
    offset limit(const retention_limits& limits, instant now);
    offset older_than(instant time);
    offset beyond_size(std::uint64_t most, offset end);
    bool find_unfinished(slice& of);
    void delete_ranges(slice& of);
    void delete_keys(slice& of, offset at, instant answers_kept_from);
    void delete_seconds(slice& of);
    void delete_records(slice& of);
    void delete_kept(slice& of, instant answers_kept_from);
    void delete_late_answers(slice& of, instant answers_kept_from);
    bool is_unfinished(offset at);
    bool save(slice& of);

    store::store& store_;
    bool loaded_ = false;
    offset through_{};              ///< below and at this everything is deleted but for what is in `kept_`
    std::vector<offset> kept_;      ///< what was unfinished when the ranges went round it
    std::uint64_t deleted_ = 0;
};

}  // namespace tieline::pipeline
