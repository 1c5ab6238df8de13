#pragma once

#include "broker/journal/disk_room.hpp"
#include "broker/journal/duplicates.hpp"
#include "broker/journal/ring.hpp"
#include "broker/journal/waiting.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace tieline::journal {

/// The one thread that writes entries. It takes all that wait, decides duplicates, writes one batch, syncs once, and
/// wakes every session of the batch; while it syncs, the next batch gathers.
class writer {
public:
    writer(store::store& in, const options& given, offset last, ring& out);
    ~writer();

    /// Any thread. The session is resumed on its executor, always.
    void submit(std::unique_ptr<waiting> one);

    bool has_room() const { return room_.seen(); }
    std::size_t bytes_waiting() const { return bytes_waiting_; }

    /// Writes what was submitted, then ends the thread; whoever submits later is told so.
    void stop();

private:
    using group = std::vector<std::unique_ptr<waiting>>;

    void run();
    group gather();
    void write(group& of);
    bool decide(waiting& one, store::batch& changes);
    void add(waiting& one, store::batch& changes);

    store::store& store_;
    ring& ring_;
    disk_room room_;
    duplicates duplicates_;
    offset last_;
    std::int64_t last_second_ = 0;

    // How long a sync waits for the disk, and how many sessions the last one woke: see `gather`.
    std::chrono::nanoseconds disk_time_{};
    std::size_t woken_ = 0;

    std::mutex mutex_;
    std::condition_variable changed_;
    group waiting_;
    std::size_t wanted_ = 1;  ///< how many have to wait before the thread is woken
    bool stopping_ = false;
    std::atomic<std::size_t> bytes_waiting_{0};
    std::thread thread_;
};

}  // namespace tieline::journal
