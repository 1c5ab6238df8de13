#include "broker/base/ids.hpp"

#include <charconv>

namespace tieline {

std::string tieline_id(std::string_view node, offset at)
{
    std::string id(node);
    id += '.';
    id += std::to_string(at.value);
    return id;
}

std::optional<offset> offset_of(std::string_view id, std::string_view node)
{
    if (id.size() < node.size() + 2 || !id.starts_with(node) || id[node.size()] != '.')
        return std::nullopt;
    const auto digits = id.substr(node.size() + 1);
    offset at;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), at.value);
    if (error != std::errc{} || end != digits.data() + digits.size() || at.value == 0)
        return std::nullopt;
    return at;
}

}  // namespace tieline
