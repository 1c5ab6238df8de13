#include "broker/bus/partition.hpp"

#include <cstring>

namespace tieline::bus {
namespace {

// Source: org.apache.kafka.common.utils.Utils.murmur2.
std::uint32_t murmur2(std::string_view key)
{
    constexpr std::uint32_t mix = 0x5bd1e995;
    std::uint32_t hash = 0x9747b28c ^ static_cast<std::uint32_t>(key.size());
    for (; key.size() >= 4; key.remove_prefix(4)) {
        std::uint32_t word = 0;
        std::memcpy(&word, key.data(), 4);
        word *= mix;
        word ^= word >> 24;
        word *= mix;
        hash *= mix;
        hash ^= word;
    }
    if (!key.empty()) {
        std::uint32_t rest = 0;
        std::memcpy(&rest, key.data(), key.size());
        hash ^= rest;
        hash *= mix;
    }
    hash ^= hash >> 13;
    hash *= mix;
    hash ^= hash >> 15;
    return hash;
}

}  // namespace

std::int32_t partition_of(std::string_view key, std::int32_t partitions)
{
    return partitions > 1 ? static_cast<std::int32_t>(murmur2(key) & 0x7fffffffU) % partitions : 0;
}

}  // namespace tieline::bus
