#include "broker/transport/listener.hpp"

namespace tieline::transport {

void intake::follow(std::string_view, std::string_view, std::weak_ptr<way_back>) {}

error_code listener::open(std::span<listener* const>) { return {}; }

std::unique_ptr<listener> registry::make(settings::listener from, listener_parts parts, model::issues& found) const
{
    if (const auto* maker = kinds_.find(from.kind))
        return (*maker)(std::move(from), parts, found);
    found.push_back({.code = "not-found", .at = from.at,
                     .diagnostics = "listener " + from.name + " is of no known kind, expected one of: " + kinds_.listed()});
    return nullptr;
}

}  // namespace tieline::transport
