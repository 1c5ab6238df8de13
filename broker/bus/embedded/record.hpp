#pragma once

#include "broker/bus/bus.hpp"

namespace tieline::bus::embedded {

/// What the keys of a partition begin with: topic, a zero byte, the partition (4 bytes, big endian). The position (8
/// bytes) follows.
std::string partition_prefix(std::string_view topic, std::int32_t partition);

/// A record without its content, which stands once in `bundle` or `entry` however many topics name it.
std::string to_value(const model::record& one);
result<model::record> record_of(std::string_view value);

/// The position after the last one of a partition; 0 when it is empty.
result<std::int64_t> next_position(store::store& from, std::string_view topic, std::int32_t partition);

/// Keeps the position that follows those which are deleted in the same batch.
void keep_next_position(store::store& from, store::batch& in, std::string_view topic, std::int32_t partition, std::int64_t next);

}  // namespace tieline::bus::embedded
