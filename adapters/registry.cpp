#include "adapters/adapter.hpp"

#include <stdexcept>

namespace tieline::adapters {

void registry::add(std::string name, factory make)
{
    if (!makers_.emplace(name, std::move(make)).second)
        throw std::logic_error("two adapters are named " + name);
}

std::unique_ptr<adapter> registry::make(std::string_view name, const options& given, model::issues& found) const
{
    const auto maker = makers_.find(name);
    if (maker != makers_.end())
        return maker->second(given, found);
    std::string known;
    for (const auto& [other, make] : makers_)
        known += (known.empty() ? "" : ", ") + other;
    found.push_back({.code = "not-found", .diagnostics = "no such adapter, expected one of: " + known});
    return nullptr;
}

std::vector<std::string> registry::names() const
{
    std::vector<std::string> all;
    for (const auto& [name, make] : makers_)
        all.push_back(name);
    return all;
}

}  // namespace tieline::adapters
