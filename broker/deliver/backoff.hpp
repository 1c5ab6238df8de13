#pragma once

#include "broker/settings/settings.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

namespace tieline::deliver {

/// How long to wait after failures: `first`, twice that, and so on up to `most`, each 20 % more or less by chance, so that
/// destinations that failed together do not come back together. What the receiver asked for goes before, but not below `first`.
class backoff {
public:
    backoff(settings::retry given, std::uint32_t seed) : given_(given), random_(seed) {}

    /// The wait after `failures` (from 1) in a row.
    std::chrono::milliseconds after(std::uint32_t failures, std::optional<std::chrono::milliseconds> asked);

private:
    settings::retry given_;
    std::minstd_rand random_;
};

}  // namespace tieline::deliver
