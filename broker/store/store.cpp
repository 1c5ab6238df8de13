#include "broker/store/store.hpp"

#include "broker/base/pack.hpp"
#include "broker/base/sabotage.hpp"
#include "broker/store/changes.hpp"
#include "broker/store/damage.hpp"
#include "broker/store/families.hpp"
#include "broker/store/faulty_disk.hpp"
#include "broker/store/lock.hpp"
#include "broker/store/log_check.hpp"
#include "broker/store/scan.hpp"
#include "broker/store/upgrade.hpp"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <mutex>

namespace tieline::store {
namespace {

// 2: Bundles are LZ4 with a dictionary; retention keeps the positions of deleted records, which a Tieline that does not know of
// them would use again.
constexpr std::uint64_t format_version = 2;

/// The first failure is the last thing that is written: told once, kept for good. Damage that a compaction meets is none: it
/// concerns what it read, and its files stay as they are.
class failure final : public rocksdb::EventListener {
public:
    failure(std::function<void(error_code)> tell, damage_book& book) : tell_(std::move(tell)), book_(book) {}

    void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override
    {
        if (reason != rocksdb::BackgroundErrorReason::kCompaction || !status->IsCorruption())
            return set(code_of(*status));
        book_.note({.where = status->ToString()});
        *status = rocksdb::Status::OK();
        compaction_met_damage_ = true;
    }
    bool take_compaction_met_damage() { return compaction_met_damage_ && compaction_met_damage_.exchange(false); }

    void set(error_code why)
    {
        if (!failed_.exchange(true) && tell_)
            tell_(why);
    }
    bool failed() const { return failed_; }

private:
    std::function<void(error_code)> tell_;
    damage_book& book_;
    std::atomic<bool> failed_{false};
    std::atomic<bool> compaction_met_damage_{false};
};

class rocks_store final : public store {
public:
    rocks_store(std::unique_ptr<folder_lock> lock, const open_options& options)
        : lock_(std::move(lock)), book_(std::make_shared<damage_book>(options.on_damage)),
          watch_(std::make_shared<failure>(options.on_failure, *book_))
    {
    }

    ~rocks_store() override
    {
        if (failed())
            abandon();
        if (!database_)
            return;
        for (auto* handle : handles_)
            database_->DestroyColumnFamilyHandle(handle);
        database_->Close();
    }

    error_code open_database(const std::string& path, bool read_only)
    {
        for (const auto& fault : check_list_of_files(path)) {
            if (!fault.followed)
                continue;
            book_->note({.where = fault.file + " from byte " + std::to_string(fault.at)});
            return errc::corrupt;
        }
        rocksdb::DB* opened = nullptr;
        auto options = database_options(watch_);
        options.wal_recovery_mode = recovery_of(path);
        use_faulty_disk(options, path);
        const auto families = describe_families();
        const auto status = read_only ? rocksdb::DB::OpenForReadOnly(options, path, families, &handles_, &opened)
                                      : rocksdb::DB::Open(options, path, families, &handles_, &opened);
        database_.reset(opened);
        if (status.IsCorruption())
            book_->note({.where = status.ToString()});
        return status.IsInvalidArgument() ? errc::format : code_of(status);  // it has families that this Tieline does not know
    }

    /// Compares what the database says of itself, and writes it at the first open.
    error_code check_meta(const open_options& options)
    {
        batch missing;
        const auto format = get(family::meta, "format");
        if (!format)
            return format.error();
        const auto made_by = *format ? unpacker(**format).number() : 0;
        if (made_by > format_version)
            return errc::format;
        if (made_by > 0 && made_by < format_version && !options.read_only)
            if (const auto error = upgrade(*this, made_by))
                return error;
        if (made_by < format_version)
            missing.put(family::meta, "format", packer().number(format_version).take());
        const auto node = get(family::meta, "node");
        if (!node)
            return node.error();
        if (*node && !options.node.empty() && **node != options.node)
            return errc::other_node;
        if (!*node && !options.node.empty())
            missing.put(family::meta, "node", options.node);
        return options.read_only || missing.empty() ? error_code{} : commit(std::move(missing), durability::synced);
    }

    result<std::optional<std::string>> get(family in, std::string_view key) override
    {
        rocksdb::PinnableSlice stored;
        const auto status = database_->Get({}, handle(in), slice(key), &stored);
        if (status.IsNotFound())
            return std::optional<std::string>{};
        if (!status.ok() && !status.IsCorruption())
            return code_of(status);
        const auto value = status.ok() ? checked(stored) : result<std::string_view>(error_code(errc::corrupt));
        if (value)
            return std::optional<std::string>(*value);
        book_->note({.in = in, .first = std::string(key), .until = std::string(key) + '\0',
                     .where = status.ok() ? "the value's own checksum" : status.ToString()});
        return value.error();
    }

    error_code commit(batch changes, durability how) override
    {
        if (failed())
            return errc::failed;
        if (watch_->take_compaction_met_damage())
            stop_compactions();
        rocksdb::WriteBatch written(changes.bytes() + 16);
        for_each_change(changes.get().changes, [&](const change& one) { add(written, one); });
        changes = batch();
        rocksdb::WriteOptions options;
        options.sync = how == durability::synced;
        return written_or_failed(database_->Write(options, &written));
    }

    error_code sync() override { return failed() ? errc::failed : written_or_failed(database_->SyncWAL()); }

    error_code scan(family in, std::string_view from, std::string_view until, const row_reader& each,
                    const gap_reader& passed_over) override
    {
        return walk_rows(*database_, handle(in), {.in = in, .from = from, .until = until, .each = each, .passed_over = passed_over}, *book_);
    }

    error_code scan_back(family in, std::string_view from, std::string_view until, const row_reader& each,
                         const gap_reader& passed_over) override
    {
        return walk_rows(*database_, handle(in),
                           {.in = in, .from = from, .until = until, .back = true, .each = each, .passed_over = passed_over}, *book_);
    }

    result<std::optional<std::string>> last_key(family in, std::string_view from, std::string_view until) override
    {
        return greatest_key(*database_, handle(in), {.in = in, .from = from, .until = until, .each = {}, .passed_over = {}}, *book_);
    }

    void free_range(family in, std::string_view from, std::string_view until) override
    {
        const rocksdb::Slice first = slice(from), last = slice(until);
        const rocksdb::RangePtr range(&first, &last);
        rocksdb::DeleteFilesInRanges(database_.get(), handle(in), &range, 1, false);
    }

    std::uint64_t bytes(family in, std::string_view from, std::string_view until) override
    {
        const std::string last = until.empty() ? std::string(64, '\xff') : std::string(until);
        const rocksdb::Range range(slice(from), last);
        std::uint64_t size = 0;
        rocksdb::SizeApproximationOptions options;
        options.include_memtables = false;  // RocksDB only guesses at what is in them, and wildly
        database_->GetApproximateSizes(options, handle(in), &range, 1, &size);
        return size;
    }

    error_code copy_to(const std::string& folder) override
    {
        if (const auto error = sync())
            return error;
        rocksdb::Checkpoint* made = nullptr;
        auto status = rocksdb::Checkpoint::Create(database_.get(), &made);
        const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
        if (status.ok())
            status = checkpoint->CreateCheckpoint(folder);
        return code_of(status);
    }

    result<std::uint64_t> verify() override
    {
        damage_book found([this](const damage& what) { book_->note(what); });
        std::vector<rocksdb::LiveFileMetaData> files;
        database_->GetLiveFilesMetaData(&files);
        for (const auto& one : files)
            verify_file(one.db_path + one.name, found);
        std::uint64_t rows = 0;
        for (std::size_t i = 0; i < family_names.size(); i++) {
            const auto in = static_cast<family>(i);
            const auto count = [&rows](std::string_view, std::string_view) { return ++rows > 0; };
            if (const auto error = walk_rows(*database_, handle(in), {.in = in, .each = count, .passed_over = {}}, found))
                return error;
        }
        return found.count() == 0 ? result<std::uint64_t>(rows) : result<std::uint64_t>(error_code(errc::corrupt));
    }

    std::size_t damaged() const override { return book_->count(); }
    bool log_was_damaged() const override { return log_was_damaged_; }
    bool failed() const override { return watch_->failed(); }

private:
    // What follows a torn end was never answered for; what follows damage in the middle was, and is kept.
    rocksdb::WALRecoveryMode recovery_of(const std::string& path)
    {
        for (const auto& fault : check_logs(path)) {
            log_was_damaged_ = log_was_damaged_ || fault.followed;
            book_->note({.where = fault.file + " from byte " + std::to_string(fault.at), .torn_end = !fault.followed});
        }
        return log_was_damaged_ ? rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords : rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    }

    // A compaction that met damage would be begun again every second, for nothing: until the next start there are none.
    void stop_compactions()
    {
        for (auto* one : handles_)
            database_->SetOptions(one, {{"disable_auto_compactions", "true"}});
    }

    // RocksDB 7.8 asserts that no file is used again after a failed write, and closing does use it: the process,
    // which is about to end with code 3, would abort. So a failed database is left as it is.
    void abandon()
    {
        static std::mutex mutex;
        // Still known at the end, so that no tool calls it a leak.
        static auto& abandoned = *new std::vector<std::pair<rocksdb::DB*, std::vector<rocksdb::ColumnFamilyHandle*>>>;
        std::lock_guard lock(mutex);
        abandoned.emplace_back(database_.release(), std::move(handles_));
    }

    error_code written_or_failed(const rocksdb::Status& status)
    {
        if (status.ok())
            return {};
        watch_->set(code_of(status));
        return errc::failed;
    }

    rocksdb::ColumnFamilyHandle* handle(family in) const { return handles_[static_cast<std::size_t>(in) + 1]; }

    void add(rocksdb::WriteBatch& to, const change& one) const
    {
        switch (one.what) {
        case change::kind::put: to.Put(handle(one.in), slice(one.first), slice(one.second)); break;
        case change::kind::erase: to.Delete(handle(one.in), slice(one.first)); break;
        case change::kind::erase_range: to.DeleteRange(handle(one.in), slice(one.first), slice(one.second)); break;
        }
    }

    std::unique_ptr<folder_lock> lock_;
    std::shared_ptr<damage_book> book_;
    std::shared_ptr<failure> watch_;
    bool log_was_damaged_ = false;
    std::unique_ptr<rocksdb::DB> database_;
    std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace

result<std::unique_ptr<store>> store::open(const std::string& folder, open_options options)
{
    const std::string path = folder + "/store";
    std::unique_ptr<folder_lock> lock;
    std::error_code ignored;
    if (options.read_only) {
        if (!std::filesystem::exists(path + "/CURRENT", ignored))
            return error_code(errc::not_found);
    } else {
        std::filesystem::create_directories(folder, ignored);
        ::chmod(folder.c_str(), 0700);
        lock = std::make_unique<folder_lock>(folder + "/lock");
        if (!lock->opened())
            return error_code(errc::failed);
        if (!lock->take())
            return error_code(errc::locked);
    }
    auto made = std::make_unique<rocks_store>(std::move(lock), options);
    if (const auto error = made->open_database(path, options.read_only))
        return error;
    if (const auto error = made->check_meta(options))
        return error;
    return std::unique_ptr<store>(std::move(made));
}

result<std::unique_ptr<store>> store::open_copy(const std::string& folder)
{
    const open_options options{.read_only = true};
    auto made = std::make_unique<rocks_store>(nullptr, options);
    if (const auto error = made->open_database(folder, true))
        return error;
    if (const auto error = made->check_meta(options))
        return error;
    return std::unique_ptr<store>(std::move(made));
}

std::string key_of(std::uint64_t offset)
{
    std::string key;
    append_big_endian(key, offset);
    return key;
}

}  // namespace tieline::store
