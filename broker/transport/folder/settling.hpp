#pragma once

#include "broker/transport/folder/files.hpp"

#include <chrono>
#include <map>
#include <vector>

namespace tieline::transport::folder {

/// Tells which files are complete: those that nobody has written to for a while. No clock: told the time.
class settling {
public:
    using clock = std::chrono::steady_clock;

    explicit settling(clock::duration settle) : settle_(settle) {}

    /// Those of the files that have looked the same for the time; files that are not there any more are forgotten.
    std::vector<seen_file> complete(const std::vector<seen_file>& there, clock::time_point now)
    {
        std::map<std::string, sight> still;
        std::vector<seen_file> done;
        for (const auto& one : there) {
            const auto before = known_.find(one.name);
            const bool same = before != known_.end() && before->second.as == one;
            const auto since = same ? before->second.since : now;
            if (now - since >= settle_)
                done.push_back(one);
            still.emplace(one.name, sight{one, since});
        }
        known_ = std::move(still);
        return done;
    }

private:
    struct sight {
        seen_file as{};
        clock::time_point since{};
    };
    clock::duration settle_;
    std::map<std::string, sight> known_;
};

}  // namespace tieline::transport::folder
