#pragma once

#include "broker/base/ids.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tieline::deliver {

/// Messages in a row that were to be held, with no delivery between. Five of them mean that the destination is at fault and
/// not the messages (design, section 5).
class hold_streak {
public:
    static constexpr std::size_t limit = 5;

    /// Notes a message that is to be held; true when it makes the row full.
    bool held(offset at)
    {
        if (std::find(row_.begin(), row_.end(), at) == row_.end())
            row_.push_back(at);
        return row_.size() >= limit;
    }

    /// A delivery ends the row.
    void delivered() { row_.clear(); }

    /// A person released or skipped it.
    void forget(offset at) { std::erase(row_, at); }

    /// The messages of the row, the oldest first; the row is empty then.
    std::vector<offset> take()
    {
        std::sort(row_.begin(), row_.end());
        return std::exchange(row_, {});
    }

private:
    std::vector<offset> row_;
};

}  // namespace tieline::deliver
