// What the disk and RocksDB alone can do, for the floor of bench/run.sh: one thread writes synced batches of 16 and
// of 64 messages of 1 KB with the keys that the journal writes for them, nothing else. Argument: a folder on the disk
// to measure (not /dev/shm).
#include "broker/base/digest.hpp"
#include "broker/base/pack.hpp"
#include "broker/store/entry.hpp"
#include "broker/store/families.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr auto measured = 3s;

void fail(const std::string& why)
{
    std::fprintf(stderr, "sync_floor: %s\n", why.c_str());
    std::exit(3);
}

/// fdatasync of one page appended, milliseconds, sorted.
std::vector<double> sync_times(const std::string& folder)
{
    const std::string path = folder + "/fdatasync";
    const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        fail("cannot write to " + folder);
    const std::string page(4096, 'x');
    std::vector<double> times;
    for (const auto until = clock_type::now() + measured; clock_type::now() < until;) {
        if (::write(file, page.data(), page.size()) != static_cast<ssize_t>(page.size()))
            fail("write failed");
        const auto begun = clock_type::now();
        if (::fdatasync(file) != 0)
            fail("fdatasync failed");
        times.push_back(std::chrono::duration<double, std::milli>(clock_type::now() - begun).count());
    }
    ::close(file);
    std::sort(times.begin(), times.end());
    return times;
}

/// Text that compresses to about half, as messages do.
std::string text_like(std::size_t size)
{
    std::string text;
    while (text.size() < size)
        text += tieline::hex(tieline::sha256(std::to_string(text.size())));
    text.resize(size);
    return text;
}

class database {
public:
    explicit database(const std::string& folder)
    {
        rocksdb::DB* opened = nullptr;
        const auto status = rocksdb::DB::Open(tieline::store::database_options(nullptr), folder,
                                              tieline::store::describe_families(), &handles_, &opened);
        if (!status.ok())
            fail(status.ToString());
        database_.reset(opened);
    }
    ~database()
    {
        for (auto* handle : handles_)
            database_->DestroyColumnFamilyHandle(handle);
    }

    /// Messages a second in synced batches of `size`.
    double rate(std::size_t size)
    {
        std::size_t written = 0;
        const auto begun = clock_type::now();
        while (clock_type::now() - begun < measured) {
            rocksdb::WriteBatch batch;
            for (std::size_t i = 0; i < size; i++)
                add(batch);
            rocksdb::WriteOptions options;
            options.sync = true;
            if (const auto status = database_->Write(options, &batch); !status.ok())
                fail(status.ToString());
            written += size;
        }
        return static_cast<double>(written) / std::chrono::duration<double>(clock_type::now() - begun).count();
    }

private:
    // One message: its entry, two index keys and the answer key, with the sizes that the journal gives them.
    void add(rocksdb::WriteBatch& to)
    {
        const auto key = tieline::store::key_of(++offset_);
        const auto digest = tieline::sha256(key);
        const std::string hash(reinterpret_cast<const char*>(digest.data()), 16);
        to.Put(handle(tieline::store::family::entry), key, message_);
        to.Put(handle(tieline::store::family::index), "c" + hash + key, "crc.");
        to.Put(handle(tieline::store::family::index), "t" + type_ + key, "crc.");
        to.Put(handle(tieline::store::family::answer), hash, answer_);
    }
    rocksdb::ColumnFamilyHandle* handle(tieline::store::family in) const
    {
        return handles_[static_cast<std::size_t>(in) + 1];
    }

    std::vector<rocksdb::ColumnFamilyHandle*> handles_;
    std::unique_ptr<rocksdb::DB> database_;
    std::uint64_t offset_ = 0;
    const std::string message_ = text_like(1024 + 110);
    const std::string type_ = std::string(16, 't');
    const std::string answer_ = std::string(52, 'a');
};

}  // namespace

int main(int count, char** arguments)
{
    if (count != 2)
        fail("usage: sync_floor FOLDER");
    const std::string folder = std::string(arguments[1]) + "/sync_floor";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    const auto times = sync_times(folder);
    std::printf("fdatasync p50 %.3f ms p99 %.3f ms\n", times[times.size() / 2], times[times.size() * 99 / 100]);
    for (const std::size_t size : {16UL, 64UL}) {
        database fresh(folder + "/" + std::to_string(size));
        std::printf("sync %zu %.0f msg/s\n", size, fresh.rate(size));
        std::fflush(stdout);
    }
    std::filesystem::remove_all(folder);
}
