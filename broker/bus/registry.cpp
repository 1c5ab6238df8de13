#include "broker/bus/bus.hpp"

#include <stdexcept>

namespace tieline::bus {

void registry::add(std::string kind, factory make, checker check)
{
    const auto [at, added] = kinds_.try_emplace(std::move(kind), kind_of_bus{std::move(make), std::move(check)});
    if (!added)
        throw std::logic_error("two buses of kind " + at->first);
}

const registry::kind_of_bus* registry::find(const settings::bus& given, model::issues& found) const
{
    if (const auto at = kinds_.find(given.kind); at != kinds_.end())
        return &at->second;
    std::string known;
    for (const auto& kind : kinds())
        known += (known.empty() ? "" : ", ") + kind;
    found.push_back({.code = "value", .at = "bus.kind", .diagnostics = "expected one of " + known});
    return nullptr;
}

std::unique_ptr<bus> registry::make(const settings::bus& given, parts from, model::issues& found) const
{
    const auto* kind = find(given, found);
    return kind ? kind->make(given, std::move(from), found) : nullptr;
}

void registry::check(const settings::bus& given, model::issues& found) const
{
    if (const auto* kind = find(given, found))
        kind->check(given, found);
}

std::vector<std::string> registry::kinds() const
{
    std::vector<std::string> names;
    for (const auto& [name, kind] : kinds_)
        names.push_back(name);
    return names;
}

}  // namespace tieline::bus
