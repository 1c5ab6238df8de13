#pragma once

#include "broker/deliver/dispatcher.hpp"

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tieline::deliver {

/// What was offered and not yet looked at. Of more than 65,536 rows it keeps only how many there are for each destination: they
/// stand in the store. Any thread may put.
class inbox {
public:
    struct content {
        std::vector<queued> rows{};
        std::map<std::string, std::size_t, std::less<>> missed{};  ///< rows after these that were not kept, by destination
    };

    /// True when it was empty: somebody must be told to take.
    bool put(std::vector<queued> fresh)
    {
        std::lock_guard lock(mutex_);
        const bool first = content_.rows.empty() && content_.missed.empty();
        // Once some were left out all are, until the next take: what follows must not come before them.
        if (!content_.missed.empty() || content_.rows.size() + fresh.size() > most) {
            for (const auto& one : fresh)
                content_.missed[one.destination]++;
        } else if (first) {
            content_.rows = std::move(fresh);
        } else {
            for (auto& one : fresh)
                content_.rows.push_back(std::move(one));
        }
        return first && (!content_.rows.empty() || !content_.missed.empty());
    }

    content take()
    {
        std::lock_guard lock(mutex_);
        return std::exchange(content_, {});
    }

private:
    static constexpr std::size_t most = 65'536;
    std::mutex mutex_;
    content content_;
};

}  // namespace tieline::deliver
