#pragma once

#include <cstdint>
#include <string_view>

namespace tieline::bus {

/// The partition of a key among `partitions`, as Kafka's own Java producer places it (murmur2), so that both buses
/// agree.
std::int32_t partition_of(std::string_view key, std::int32_t partitions);

}  // namespace tieline::bus
