#pragma once

#include "broker/base/error.hpp"
#include "broker/base/ids.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tieline::app {

/// A file of a backup.
struct archived {
    std::string name{};         ///< `store/000012.sst`
    std::uint64_t bytes = 0;
    std::uint32_t checksum = 0; ///< CRC-32C of the CRC-32Cs of each MiB
};

/// What `backup.list` in a backup's folder says: a line each of node, time and offsets, a line a file, and the list's own CRC-32C.
struct archive {
    std::string node{};
    std::string made{};         ///< ISO 8601, UTC
    offset last{};              ///< the newest message
    offset published{};
    std::vector<archived> files{};
};

/// Copies a file and syncs the copy. Errors: those of the system.
result<archived> copy_file(const std::string& from, const std::string& to);

/// Copies `names` from one folder to another, which is made; `each` is told of every file when it is there. The list stays
/// without node and offsets.
result<std::vector<archived>> copy_files(const std::string& from, const std::string& to, const std::vector<std::string>& names,
                                         const std::function<void(const archived&)>& each);

/// Errors: those of the system; protocol_error for a list that is none, or was changed.
error_code write_list(const archive& what, const std::string& folder);
result<archive> read_list(const std::string& folder);

/// Syncs a folder, so that the names in it are there after a power cut.
error_code sync_folder(const std::string& folder);

}  // namespace tieline::app
