#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tieline::ops {

/// Bytes that we may still write on the disk of a folder; none when it can't be read.
std::optional<std::uint64_t> free_bytes(const std::string& folder);

/// Memory of this process that is resident, in bytes; 0 when it can't be read.
std::uint64_t resident_bytes();

/// File descriptors that this process has open.
std::size_t open_descriptors();

}  // namespace tieline::ops
