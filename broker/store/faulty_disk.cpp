#include "broker/store/faulty_disk.hpp"

#include "broker/base/sabotage.hpp"

#ifdef TIELINE_SABOTAGE

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>

namespace tieline::store {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

/// What TIELINE_DISK says.
struct wish {
    std::string kind{};
    unsigned number = 0;

    bool holds_back() const { return kind == "power-cut" || kind == "lying"; }
};

wish read_wish()
{
    const char* text = std::getenv("TIELINE_DISK");
    const std::string given = text ? text : "";
    const auto colon = given.find(':');
    return {.kind = given.substr(0, colon), .number = colon == given.npos ? 0U : static_cast<unsigned>(std::stoul(given.substr(colon + 1)))};
}

/// Counts the calls, and says which of them fail.
class faults {
public:
    explicit faults(wish how) : how_(std::move(how)) {}

    IOStatus next()
    {
        if (how_.holds_back() || how_.number == 0 || ++calls_ % how_.number != 0)
            return IOStatus::OK();
        return how_.kind == "enospc" ? IOStatus::NoSpace("sabotaged") : IOStatus::IOError("sabotaged");
    }
    bool writes_half() const { return how_.kind == "short"; }

private:
    wish how_;
    std::atomic<unsigned> calls_{0};
};

class failing_file final : public rocksdb::FSWritableFileOwnerWrapper {
public:
    failing_file(std::unique_ptr<rocksdb::FSWritableFile> real, faults& of) : FSWritableFileOwnerWrapper(std::move(real)), faults_(of) {}

    using FSWritableFileOwnerWrapper::Append;
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* debug) override
    {
        const auto fault = faults_.next();
        if (fault.ok() || faults_.writes_half()) {
            const rocksdb::Slice part(data.data(), fault.ok() ? data.size() : data.size() / 2);
            const auto written = target()->Append(part, options, debug);
            return fault.ok() ? written : fault;
        }
        return fault;
    }
    IOStatus Sync(const IOOptions& options, IODebugContext* debug) override
    {
        const auto fault = faults_.next();
        return fault.ok() ? target()->Sync(options, debug) : fault;
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override { return Sync(options, debug); }

private:
    faults& faults_;
};

/// Keeps what is written in memory until it is synced: it ends with the process.
class volatile_file final : public rocksdb::FSWritableFileOwnerWrapper {
public:
    volatile_file(std::unique_ptr<rocksdb::FSWritableFile> real, unsigned seed, bool lies)
        : FSWritableFileOwnerWrapper(std::move(real)), random_(seed), lies_(lies)
    {
    }

    using FSWritableFileOwnerWrapper::Append;
    IOStatus Append(const rocksdb::Slice& data, const IOOptions&, IODebugContext*) override
    {
        std::lock_guard lock(mutex_);
        held_.append(data.data(), data.size());
        if (random_() % 8 != 0)
            return IOStatus::OK();
        return write(random_() % (held_.size() + 1));  // as a page cache does when it likes
    }
    IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
    IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
    IOStatus Sync(const IOOptions& options, IODebugContext* debug) override
    {
        std::lock_guard lock(mutex_);
        if (lies_)
            return IOStatus::OK();
        const auto written = write(held_.size());
        return written.ok() ? target()->Sync(options, debug) : written;
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override { return Sync(options, debug); }
    IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override
    {
        std::lock_guard lock(mutex_);
        return held_.empty() ? target()->Truncate(size, options, debug) : IOStatus::OK();
    }
    std::uint64_t GetFileSize(const IOOptions& options, IODebugContext* debug) override
    {
        std::lock_guard lock(mutex_);
        return target()->GetFileSize(options, debug) + held_.size();
    }

private:
    IOStatus write(std::size_t size)
    {
        const auto written = target()->Append(rocksdb::Slice(held_.data(), size), {}, nullptr);
        if (written.ok())
            held_.erase(0, size);
        return written;
    }

    std::mutex mutex_;
    std::string held_;
    std::mt19937 random_;
    bool lies_;
};

/// The names of files that a power cut takes away, as their directory was not synced; in a file, as this ends with the process too.
class unsynced_names {
public:
    void begin(const std::string& folder)
    {
        list_ = folder + "/../unsynced-names";
        std::ifstream from(list_);
        for (std::string name; std::getline(from, name);)
            std::filesystem::remove(name);
        synced();
    }
    void made(const std::string& name)
    {
        std::lock_guard lock(mutex_);
        if (!list_.empty())
            std::ofstream(list_, std::ios::app) << name << '\n';
    }
    void synced()
    {
        std::lock_guard lock(mutex_);
        if (!list_.empty())
            std::ofstream(list_, std::ios::trunc);
    }

private:
    std::mutex mutex_;
    std::string list_;
};

class watched_folder final : public rocksdb::FSDirectoryWrapper {
public:
    watched_folder(std::unique_ptr<rocksdb::FSDirectory>&& real, unsynced_names& names, faults& of)
        : FSDirectoryWrapper(std::move(real)), names_(names), faults_(of)
    {
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override
    {
        return FsyncWithDirOptions(options, debug, rocksdb::DirFsyncOptions());
    }
    IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug, const rocksdb::DirFsyncOptions& which) override
    {
        if (const auto fault = faults_.next(); !fault.ok())
            return fault;
        const auto done = FSDirectoryWrapper::FsyncWithDirOptions(options, debug, which);
        if (done.ok())
            names_.synced();
        return done;
    }

private:
    unsynced_names& names_;
    faults& faults_;
};

class faulty_disk final : public rocksdb::FileSystemWrapper {
public:
    explicit faulty_disk(wish how) : FileSystemWrapper(rocksdb::FileSystem::Default()), how_(how), faults_(how), random_(how.number) {}
    const char* Name() const override { return "faulty_disk"; }
    void begin(const std::string& folder)
    {
        if (how_.holds_back())
            names_.begin(folder);
    }

    IOStatus NewWritableFile(const std::string& name, const FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* made,
                             IODebugContext* debug) override
    {
        if (const auto fault = faults_.next(); !fault.ok())
            return fault;
        auto done = FileSystemWrapper::NewWritableFile(name, options, made, debug);
        if (!done.ok())
            return done;
        if (how_.holds_back()) {
            names_.made(name);
            std::lock_guard lock(mutex_);
            *made = std::make_unique<volatile_file>(std::move(*made), static_cast<unsigned>(random_()), how_.kind == "lying" && name.ends_with(".log"));
        } else {
            *made = std::make_unique<failing_file>(std::move(*made), faults_);
        }
        return done;
    }
    IOStatus NewDirectory(const std::string& name, const IOOptions& options, std::unique_ptr<rocksdb::FSDirectory>* made,
                          IODebugContext* debug) override
    {
        auto done = FileSystemWrapper::NewDirectory(name, options, made, debug);
        if (done.ok())
            *made = std::make_unique<watched_folder>(std::move(*made), names_, faults_);
        return done;
    }
    IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options, IODebugContext* debug) override
    {
        const auto fault = faults_.next();
        return fault.ok() ? FileSystemWrapper::RenameFile(from, to, options, debug) : fault;
    }

private:
    wish how_;
    faults faults_;
    unsynced_names names_;
    std::mutex mutex_;
    std::mt19937 random_;
};

}  // namespace

inline namespace armed {

void use_faulty_disk(rocksdb::DBOptions& in, const std::string& folder)
{
    if (!std::getenv("TIELINE_DISK"))
        return;
    static const auto disk = std::make_shared<faulty_disk>(read_wish());
    static const auto env = rocksdb::NewCompositeEnv(disk);
    disk->begin(folder);
    in.env = env.get();
}

}  // namespace armed
}  // namespace tieline::store

#endif
