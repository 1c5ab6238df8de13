#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tieline::store {

/// A place in a write-ahead log of RocksDB where a record does not match its checksum.
struct log_fault {
    std::string file{};       ///< its name, without the folder
    std::uint64_t at = 0;     ///< bytes from its beginning
    bool followed = false;    ///< it was written as a whole, or whole records come behind it: no torn end, but damage
};

/// Reads the logs in a RocksDB's folder, oldest first, and gives the first fault of each. A torn end is what a power cut leaves
/// of writes that were not synced; RocksDB takes what is before a fault and says nothing.
/// Source: RocksDB's db/log_format.h: blocks of 32 KiB; masked CRC-32C, length, type, bytes.
std::vector<log_fault> check_logs(const std::string& folder);

/// The same of RocksDB's list of its files (MANIFEST), which is a log too. A fault that is no torn end means that files with rows may
/// be missing from it; RocksDB would delete them.
std::vector<log_fault> check_list_of_files(const std::string& folder);

}  // namespace tieline::store
