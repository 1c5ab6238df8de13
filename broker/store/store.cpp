#include "broker/store/store.hpp"

#include "broker/base/digest.hpp"
#include "broker/base/pack.hpp"
#include "broker/store/changes.hpp"
#include "broker/store/families.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <mutex>

namespace tieline::store {
namespace {

constexpr std::uint64_t format_version = 1;

/// What takes a value's CRC-32C off again.
result<std::string_view> checked(const rocksdb::Slice& stored)
{
    std::uint32_t crc = 0;
    if (stored.size() < sizeof crc)
        return error_code(errc::corrupt);
    const std::string_view value(stored.data(), stored.size() - sizeof crc);
    std::memcpy(&crc, value.data() + value.size(), sizeof crc);
    if (crc != crc32c(value))
        return error_code(errc::corrupt);
    return value;
}

// A view of nothing may have no address, which RocksDB asserts.
rocksdb::Slice slice(std::string_view text)
{
    return text.empty() ? rocksdb::Slice() : rocksdb::Slice(text.data(), text.size());
}

std::string_view view(const rocksdb::Slice& text) { return {text.data(), text.size()}; }

/// The keys that an iterator may see; outlives it, as RocksDB keeps the addresses.
struct bounds {
    bounds(std::string_view from, std::string_view until) : lower(slice(from)), upper(slice(until))
    {
        options.iterate_lower_bound = &lower;
        if (!until.empty())
            options.iterate_upper_bound = &upper;
    }
    bounds(const bounds&) = delete;
    bounds& operator=(const bounds&) = delete;

    rocksdb::Slice lower;
    rocksdb::Slice upper;
    rocksdb::ReadOptions options{};
};

error_code code_of(const rocksdb::Status& status)
{
    if (status.ok())
        return {};
    if (status.IsCorruption())
        return errc::corrupt;
    return status.IsNoSpace() ? errc::disk_full : errc::failed;
}

/// The first failure is the last thing that is written: told once, kept for good.
class failure final : public rocksdb::EventListener {
public:
    explicit failure(std::function<void(error_code)> tell) : tell_(std::move(tell)) {}

    void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override { set(code_of(*status)); }

    void set(error_code why)
    {
        if (!failed_.exchange(true) && tell_)
            tell_(why);
    }
    bool failed() const { return failed_; }

private:
    std::function<void(error_code)> tell_;
    std::atomic<bool> failed_{false};
};

/// A file that only one process at a time has locked.
class folder_lock {
public:
    explicit folder_lock(const std::string& path) : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
    ~folder_lock()
    {
        if (file_ >= 0)
            ::close(file_);
    }
    folder_lock(const folder_lock&) = delete;
    folder_lock& operator=(const folder_lock&) = delete;

    bool opened() const { return file_ >= 0; }
    bool take() const { return ::flock(file_, LOCK_EX | LOCK_NB) == 0; }

private:
    int file_;
};

/// Calls `each` from where the iterator stands, step by step, until it returns false.
error_code walk(rocksdb::Iterator& at, void (rocksdb::Iterator::*step)(),
                const std::function<bool(std::string_view, std::string_view)>& each)
{
    for (; at.Valid(); (at.*step)()) {
        const auto value = checked(at.value());
        if (!value)
            return value.error();
        if (!each(view(at.key()), *value))
            return {};
    }
    return code_of(at.status());
}

class rocks_store final : public store {
public:
    rocks_store(std::unique_ptr<folder_lock> lock, std::shared_ptr<failure> watch)
        : lock_(std::move(lock)), watch_(std::move(watch))
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
        rocksdb::DB* opened = nullptr;
        const auto options = database_options(watch_);
        const auto families = describe_families();
        const auto status = read_only ? rocksdb::DB::OpenForReadOnly(options, path, families, &handles_, &opened)
                                      : rocksdb::DB::Open(options, path, families, &handles_, &opened);
        database_.reset(opened);
        return code_of(status);
    }

    /// Compares what the database says of itself, and writes it at the first open.
    error_code check_meta(const open_options& options)
    {
        batch missing;
        const auto format = get(family::meta, "format");
        if (!format)
            return format.error();
        if (*format && unpacker(**format).number() > format_version)
            return errc::format;
        if (!*format)
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
        if (!status.ok())
            return code_of(status);
        const auto value = checked(stored);
        if (!value)
            return value.error();
        return std::optional<std::string>(*value);
    }

    error_code commit(batch changes, durability how) override
    {
        if (failed())
            return errc::failed;
        rocksdb::WriteBatch written(changes.bytes() + 16);
        for_each_change(changes.get().changes, [&](const change& one) { add(written, one); });
        changes = batch();
        rocksdb::WriteOptions options;
        options.sync = how == durability::synced;
        return written_or_failed(database_->Write(options, &written));
    }

    error_code sync() override { return failed() ? errc::failed : written_or_failed(database_->SyncWAL()); }

    error_code scan(family in, std::string_view from, std::string_view until,
                    const std::function<bool(std::string_view, std::string_view)>& each) override
    {
        const bounds within(from, until);
        const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(within.options, handle(in)));
        at->SeekToFirst();
        return walk(*at, &rocksdb::Iterator::Next, each);
    }

    error_code scan_back(family in, std::string_view from, std::string_view until,
                         const std::function<bool(std::string_view, std::string_view)>& each) override
    {
        const bounds within(from, until);
        const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(within.options, handle(in)));
        at->SeekToLast();
        return walk(*at, &rocksdb::Iterator::Prev, each);
    }

    result<std::optional<std::string>> last_key(family in, std::string_view from, std::string_view until) override
    {
        const bounds within(from, until);
        const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(within.options, handle(in)));
        at->SeekToLast();
        if (const auto error = code_of(at->status()))
            return error;
        return at->Valid() ? std::optional(std::string(view(at->key()))) : std::nullopt;
    }

    bool failed() const override { return watch_->failed(); }

private:
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
    std::shared_ptr<failure> watch_;
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
    auto made = std::make_unique<rocks_store>(std::move(lock), std::make_shared<failure>(options.on_failure));
    if (const auto error = made->open_database(path, options.read_only))
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
