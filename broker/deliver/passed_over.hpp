#pragma once

#include "broker/base/ids.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace tieline::deliver {

/// The held messages of a destination by their keys, so that the trace of a later message of the same patient can say which one
/// it passed. Remembers the first 10,000; of more the trace says nothing.
class passed_over {
public:
    void add(const std::string& key, offset at)
    {
        if (!key.empty() && size_ < most && held_[key].insert(at).second)
            size_++;
    }

    void remove(const std::string& key, offset at)
    {
        const auto found = held_.find(key);
        if (found == held_.end())
            return;
        size_ -= found->second.erase(at);
        if (found->second.empty())
            held_.erase(found);
    }

    /// The oldest held one of the key that came before `at`.
    std::optional<offset> before(const std::string& key, offset at) const
    {
        const auto found = held_.find(key);
        if (found == held_.end() || !(*found->second.begin() < at))
            return std::nullopt;
        return *found->second.begin();
    }

private:
    static constexpr std::size_t most = 10'000;
    std::unordered_map<std::string, std::set<offset>> held_;
    std::size_t size_ = 0;
};

}  // namespace tieline::deliver
