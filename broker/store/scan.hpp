#pragma once

#include "broker/store/damage.hpp"

#include <rocksdb/db.h>

namespace tieline::store {

// A view of nothing may have no address, which RocksDB asserts.
rocksdb::Slice slice(std::string_view text);
std::string_view view(const rocksdb::Slice& text);
error_code code_of(const rocksdb::Status& status);

/// Takes a value's CRC-32C off again. Errors: errc::corrupt.
result<std::string_view> checked(const rocksdb::Slice& stored);

/// Which keys a scan goes through, in which direction, and what it tells.
struct scan_of {
    family in = family::entry;
    std::string_view from{};
    std::string_view until{};  ///< empty: the family's end
    bool back = false;
    const row_reader& each;
    const gap_reader& passed_over;
};

/// Calls `each` for every readable row until it returns false. What can't be read (a value that does not match, a block of the
/// file) is noted in the book and passed over; the scan goes on with the next key that can.
error_code walk_rows(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* handle, const scan_of& what, damage_book& book);

/// Reads every block of a table file; damage is noted in the book with the file's name and the place.
void verify_file(const std::string& path, damage_book& book);

/// The greatest readable key below `until` and not below `from`; where rows before `until` can't be read, the greatest key that
/// any file of the family says it has, so that it is never too small.
result<std::optional<std::string>> greatest_key(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* handle, const scan_of& what,
                                                damage_book& book);

}  // namespace tieline::store
