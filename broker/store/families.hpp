#pragma once

#include "broker/store/store.hpp"

#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>

#include <array>

namespace tieline::store {

/// The column families by their names, in the order of `family`. RocksDB's `default` comes before them and stays empty.
inline constexpr std::array<const char*, 10> family_names = {"entry",   "index",    "answer", "bundle", "record",
                                                             "outcome", "delivery", "trace",  "cursor", "meta"};

/// How the database is opened: memory, threads and files bounded (this room's README has the reasons).
rocksdb::DBOptions database_options(std::shared_ptr<rocksdb::EventListener> listener);

/// `default` and all families, each with its own compression and filter, on one block cache.
std::vector<rocksdb::ColumnFamilyDescriptor> describe_families();

}  // namespace tieline::store
