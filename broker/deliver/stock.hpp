#pragma once

#include "broker/deliver/coverage.hpp"
#include "broker/deliver/lanes.hpp"
#include "broker/deliver/ledger.hpp"
#include "broker/deliver/passed_over.hpp"
#include "broker/journal/outcomes.hpp"

#include <optional>
#include <string>

namespace tieline::deliver {

/// A destination's part of the durable queue: its first rows in memory, the rest in the store, and every change of a row from
/// one state to the next, with its line in the message's story. Changes go through the ledger. For the delivery thread.
class stock {
public:
    /// Rows of one destination kept in memory at most, but for a few that people release.
    static constexpr std::size_t capacity = 2'048;

    stock(std::string destination, bool one_lane, store::store& in, ledger& writes);

    /// Reads the held rows and the first waiting ones. `perhaps_sent`: the last run did not end cleanly, so that the receiver
    /// may have the first ones. Errors: store::errc::corrupt, store::errc::failed.
    error_code open(bool perhaps_sent);
    void regroup(bool one_lane) { lanes_.regroup(one_lane); }

    /// A waiting row is in the store now; that many more are, which nobody names.
    void offer(offset at, const model::delivery& row);
    void missed(std::size_t rows) { coverage_.missed(rows); }

    /// The next message to send at `now`, marked as being sent; loads more rows where memory runs low.
    std::optional<offset> next(instant now);
    bool has_next(instant now);
    std::optional<instant> next_due() const { return lanes_.next_due(); }
    void retry_now() { lanes_.retry_now(); }
    waiting* find(offset at) { return lanes_.find(at); }

    /// A message that was being sent goes on waiting, as its row says now (tries, next try, last answer).
    void put_back(offset at);
    /// A waiting message ends: `Delivered` or `Skipped`, as the line says.
    void finish(offset at, const journal::trace_line& line);
    /// Waiting → Held.
    void hold(offset at, model::delivery row, const journal::trace_line& line);
    /// Held → Waiting, at its place by offset.
    void release(offset at, model::delivery row, const journal::trace_line& line);
    /// A held message ends: `Skipped`.
    void skip_held(offset at, const model::delivery& row, const journal::trace_line& line);

    /// The row in the store, whatever is in memory; none when it has no such row.
    result<std::optional<model::delivery>> row(model::delivery_state state, offset at);

    /// Counts rows that stood in the store at the start, some thousands at a time; false when there are none left to count.
    bool count_some();

    /// Set for good when the queue could not be read: what is behind the rows in memory is not delivered.
    error_code broken() const { return broken_; }

    std::size_t backlog() const { return lanes_.size() + coverage_.beyond(); }
    std::size_t held() const { return held_; }
    std::optional<instant> oldest() const { return lanes_.oldest(); }
    /// The oldest held message of the key before `at`.
    std::optional<offset> passed(const std::string& key, offset at) const { return held_keys_.before(key, at); }

private:
    void refill_where_low();
    void refill();
    void leave(offset at);

    /// A part of the queue that can't be read.
    struct gap {
        model::delivery_state state = model::delivery_state::waiting;
        offset first{};
        offset until{};
    };
    void mend(const gap& one);
    void mend(const gap& one, offset at);
    void hold_lost(offset at, const model::destination_choice& choice, const std::string& key);

    std::string destination_;
    store::store& store_;
    ledger& writes_;
    lanes lanes_;
    coverage coverage_{capacity, {}};
    passed_over held_keys_;
    std::size_t held_ = 0;
    error_code broken_;
};

}  // namespace tieline::deliver
