#include "broker/deliver/destination.hpp"

#include <stdexcept>

namespace tieline::deliver {

void registry::add(std::string kind, factory make)
{
    if (!makers_.emplace(kind, std::move(make)).second)
        throw std::logic_error("two kinds of destination are named " + kind);
}

std::unique_ptr<destination> registry::make(settings::destination from, boost::asio::io_context& context,
                                            model::issues& found) const
{
    const auto maker = makers_.find(from.kind);
    if (maker != makers_.end())
        return maker->second(std::move(from), context, found);
    std::string known;
    for (const auto& [kind, make] : makers_)
        known += (known.empty() ? "" : ", ") + kind;
    found.push_back({.code = "not-found",
                     .at = from.at,
                     .diagnostics = "destination " + from.name + " is of no known kind, expected one of: " + known});
    return nullptr;
}

std::vector<std::string> registry::kinds() const
{
    std::vector<std::string> all;
    for (const auto& [kind, make] : makers_)
        all.push_back(kind);
    return all;
}

}  // namespace tieline::deliver
