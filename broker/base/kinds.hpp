#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tieline {

/// What there is of one thing (adapters, listeners, buses, destinations), by the name that a configuration uses.
template <typename Maker>
class kinds {
public:
    /// Throws std::logic_error when the name is there already: that is our own fault.
    void add(std::string name, Maker make)
    {
        if (const auto [at, added] = makers_.try_emplace(std::move(name), std::move(make)); !added)
            throw std::logic_error("two kinds are named " + at->first);
    }

    /// Null when nothing has the name.
    const Maker* find(std::string_view name) const
    {
        const auto found = makers_.find(name);
        return found == makers_.end() ? nullptr : &found->second;
    }

    std::vector<std::string> names() const
    {
        std::vector<std::string> all;
        for (const auto& [name, make] : makers_)
            all.push_back(name);
        return all;
    }

    /// `fhir, folder, mllp`, for an issue that says what was expected.
    std::string listed() const
    {
        std::string all;
        for (const auto& [name, make] : makers_)
            all += (all.empty() ? "" : ", ") + name;
        return all;
    }

private:
    std::map<std::string, Maker, std::less<>> makers_;
};

}  // namespace tieline
