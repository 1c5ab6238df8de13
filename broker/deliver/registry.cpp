#include "broker/deliver/destination.hpp"

namespace tieline::deliver {

std::unique_ptr<destination> registry::make(settings::destination from, boost::asio::io_context& context, model::issues& found) const
{
    if (const auto* maker = kinds_.find(from.kind))
        return (*maker)(std::move(from), context, found);
    found.push_back({.code = "not-found", .at = from.at,
                     .diagnostics = "destination " + from.name + " is of no known kind, expected one of: " + kinds_.listed()});
    return nullptr;
}

}  // namespace tieline::deliver
