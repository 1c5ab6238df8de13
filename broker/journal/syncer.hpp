#pragma once

#include "broker/journal/inbox.hpp"
#include "broker/journal/ring.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace tieline::journal {

/// The one thread that syncs. While it waits for the disk the writer goes on writing; a sync covers all that was handed over
/// before it began. After it, and not before, the pipeline gets the entries and the sessions are woken.
class syncer {
public:
    syncer(store::store& in, ring& out);
    ~syncer();

    /// For the writer, in its order: sessions whose messages are decided and written, and those of their entries that are new.
    void cover(sessions written, entries fresh);

    /// Of the messages that are written and not yet synced.
    std::size_t bytes() const { return bytes_; }

    /// Syncs what was handed over, then ends the thread.
    void stop();

private:
    struct turn {
        sessions written{};
        entries fresh{};
        bool empty() const { return written.empty() && fresh.empty(); }
    };
    void run();
    turn gather();
    void sync(turn& of);

    store::store& store_;
    ring& ring_;

    // How long a sync waits for the disk, and how many sessions the last one woke: see `gather`.
    std::chrono::nanoseconds disk_time_{};
    std::size_t woken_ = 0;

    std::mutex mutex_;
    std::condition_variable changed_;
    turn handed_;
    std::size_t wanted_ = 1;  ///< how many sessions have to wait before the thread is woken
    bool stopping_ = false;
    std::atomic<std::size_t> bytes_{0};
    std::thread thread_;
};

}  // namespace tieline::journal
