#include "broker/deliver/backoff.hpp"

#include <algorithm>

namespace tieline::deliver {

std::chrono::milliseconds backoff::after(std::uint32_t failures, std::optional<std::chrono::milliseconds> asked)
{
    if (asked)
        return std::max(*asked, given_.first);
    auto wait = given_.first;
    for (std::uint32_t doubled = 1; doubled < failures && wait < given_.most; doubled++)
        wait *= 2;
    wait = std::min(wait, given_.most);
    std::uniform_real_distribution<double> chance(0.8, 1.2);
    return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(wait.count()) * chance(random_)));
}

}  // namespace tieline::deliver
