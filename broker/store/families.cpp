#include "broker/store/families.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

namespace tieline::store {
namespace {

constexpr std::size_t mebibyte = 1U << 20;

// Of all families together.
constexpr std::size_t memtables = 32 * mebibyte;

struct traits {
    rocksdb::CompressionType compression = rocksdb::kLZ4Compression;
    bool point_reads = false;        ///< read by exact key, mostly in vain: keep a Bloom filter
    std::size_t block = 4096;        ///< bytes of a block before compression
};

// In the order of `family`.
constexpr std::array<traits, family_names.size()> all_traits = {{
    {.point_reads = true, .block = 16384},                          // entry
    {},                                                             // index
    {.compression = rocksdb::kNoCompression, .point_reads = true},  // answer: hashes
    {.compression = rocksdb::kNoCompression, .block = 16384},       // bundle: compressed already
    {.block = 16384},                                               // record
    {.point_reads = true, .block = 16384},                          // outcome
    {.compression = rocksdb::kNoCompression},                       // delivery: mostly gone before it is flushed
    {},                                                             // trace
    {.compression = rocksdb::kNoCompression},                       // cursor
    {.compression = rocksdb::kNoCompression},                       // meta
}};

rocksdb::ColumnFamilyOptions family_options(const traits& of, const std::shared_ptr<rocksdb::Cache>& cache)
{
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.block_size = of.block;
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    if (of.point_reads)
        table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));

    rocksdb::ColumnFamilyOptions made;
    made.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    made.compression = of.compression;
    made.write_buffer_size = memtables;  // the bound of all decides
    made.arena_block_size = mebibyte / 4;
    made.max_write_buffer_number = 6;
    if (of.point_reads) {
        made.memtable_prefix_bloom_size_ratio = 0.005;
        made.memtable_whole_key_filtering = true;
    }
    // Senders wait for our writes: a backlog of compactions is worked off later, it never holds up a write.
    made.level0_slowdown_writes_trigger = 100;
    made.level0_stop_writes_trigger = 200;
    made.soft_pending_compaction_bytes_limit = 0;
    made.hard_pending_compaction_bytes_limit = 0;
    return made;
}

}  // namespace

rocksdb::DBOptions database_options(std::shared_ptr<rocksdb::EventListener> listener)
{
    rocksdb::DBOptions made;
    made.create_if_missing = true;
    made.create_missing_column_families = true;
    made.max_background_jobs = 2;
    made.max_open_files = 256;
    made.db_write_buffer_size = memtables;
    made.atomic_flush = true;  // all at once: one log then holds what is not flushed, and a start reads little of it
    made.max_total_wal_size = 128 * mebibyte;
    made.max_manifest_file_size = 16 * mebibyte;
    made.bytes_per_sync = mebibyte;  // a flush trickles to the disk, so that no sync of ours waits behind all of it
    made.skip_stats_update_on_db_open = true;
    // Flushes and compactions get what the threads that senders wait for leave them: without this the slowest
    // acknowledgments of a busy machine take a third longer.
    made.env->LowerThreadPoolCPUPriority(rocksdb::Env::HIGH, rocksdb::CpuPriority::kLow);
    made.env->LowerThreadPoolCPUPriority(rocksdb::Env::LOW, rocksdb::CpuPriority::kLow);
    made.stats_dump_period_sec = 0;
    made.stats_persist_period_sec = 0;
    made.info_log_level = rocksdb::WARN_LEVEL;
    made.max_log_file_size = 4 * mebibyte;
    made.keep_log_file_num = 4;
    if (listener)
        made.listeners.push_back(std::move(listener));
    return made;
}

std::vector<rocksdb::ColumnFamilyDescriptor> describe_families()
{
    const auto cache = rocksdb::NewLRUCache(16 * mebibyte, 2);
    std::vector<rocksdb::ColumnFamilyDescriptor> all;
    all.emplace_back(rocksdb::kDefaultColumnFamilyName,
                     family_options({.compression = rocksdb::kNoCompression}, cache));
    for (std::size_t i = 0; i < family_names.size(); i++)
        all.emplace_back(family_names[i], family_options(all_traits[i], cache));
    return all;
}

}  // namespace tieline::store
