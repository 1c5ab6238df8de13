#include "broker/bus/bus.hpp"

namespace tieline::bus {

void registry::add(std::string kind, factory make, checker check)
{
    kinds_.add(std::move(kind), {.make = std::move(make), .check = std::move(check)});
}

const registry::kind_of_bus* registry::find(const settings::bus& given, model::issues& found) const
{
    const auto* kind = kinds_.find(given.kind);
    if (!kind)
        found.push_back({.code = "value", .at = "bus.kind", .diagnostics = "expected one of " + kinds_.listed()});
    return kind;
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

}  // namespace tieline::bus
