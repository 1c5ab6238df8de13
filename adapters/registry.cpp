#include "adapters/adapter.hpp"

namespace tieline::adapters {

std::unique_ptr<adapter> registry::make(std::string_view name, const options& given, model::issues& found) const
{
    if (const auto* maker = kinds_.find(name))
        return (*maker)(given, found);
    found.push_back({.code = "not-found", .diagnostics = "no such adapter, expected one of: " + kinds_.listed()});
    return nullptr;
}

}  // namespace tieline::adapters
