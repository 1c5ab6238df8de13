#pragma once

#include "broker/base/ids.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tieline::deliver {

/// Which part of a destination's queue is in memory: every waiting row up to `through()`, and how many stand in the store behind
/// that. So a backlog of any length costs the memory of one window. Rows come by being offered (in the order of their offsets,
/// but for a few) while memory covers the whole queue, else by being loaded from the store. No I/O.
class coverage {
public:
    /// `last`: the queue's newest row at the start, 0 for none. Rows up to there that no load has reached are counted apart.
    coverage(std::size_t capacity, offset last) : capacity_(capacity), last_at_start_(last) {}

    enum class place {
        memory,  ///< it goes on in memory
        store,   ///< it stays in the store until it is loaded
        unsure,  ///< below `through()`: loaded before it was offered, or made late; the store knows
    };
    /// A row was offered, while `held` rows are in memory.
    place offered(offset at, std::size_t held)
    {
        if (at <= through_)
            return place::unsure;
        if (whole_ && held < capacity_) {
            through_ = at;
            return place::memory;
        }
        whole_ = false;
        beyond_++;
        return place::store;
    }

    /// A number of offered rows was not looked at.
    void missed(std::size_t rows)
    {
        whole_ = whole_ && rows == 0;
        beyond_ += static_cast<std::int64_t>(rows);
    }

    /// Whether rows are to be loaded, while `held` are in memory; and how many at most.
    bool wants_more(std::size_t held) const { return !whole_ && held <= capacity_ / 2; }
    std::size_t room(std::size_t held) const { return capacity_ > held ? capacity_ - held : 0; }

    /// A row behind `through()` was loaded.
    void loaded(offset at)
    {
        through_ = at;
        if (at <= counted_ || at > last_at_start_)
            beyond_--;
        counted_ = std::max(counted_, at);
    }
    /// Loading met the queue's end.
    void loaded_all()
    {
        whole_ = true;
        beyond_ = 0;
        counted_ = std::max(counted_, last_at_start_);
    }

    /// Rows that stood in the queue at the start, behind what is loaded, are counted in steps: from `counted()` on.
    bool counting() const { return !whole_ && counted_ < last_at_start_; }
    offset counted() const { return counted_; }
    void count(std::size_t rows, offset until)
    {
        beyond_ += static_cast<std::int64_t>(rows);
        counted_ = std::max(counted_, until);
    }
    offset last_at_start() const { return last_at_start_; }

    /// Whether a row with this offset is in memory, if it waits.
    bool covers(offset at) const { return whole_ || at <= through_; }
    /// A row came to wait (a person released it); false when it is the store's.
    bool joined(offset at)
    {
        const bool here = covers(at);
        if (here)
            through_ = std::max(through_, at);
        else if (at <= counted_ || at > last_at_start_)
            beyond_++;
        return here;
    }
    /// A row behind `through()` waits no longer (a person held or skipped it).
    void left(offset at)
    {
        if (at <= counted_ || at > last_at_start_)
            beyond_--;
    }

    offset through() const { return through_; }
    /// Waiting rows that are not in memory, as far as they are counted.
    std::size_t beyond() const { return static_cast<std::size_t>(std::max<std::int64_t>(beyond_, 0)); }

private:
    std::size_t capacity_;
    offset last_at_start_;
    offset through_{};
    offset counted_{};
    std::int64_t beyond_ = 0;
    bool whole_ = false;  // memory holds all that waits; not known before the first load
};

}  // namespace tieline::deliver
