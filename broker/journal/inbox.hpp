#pragma once

#include "broker/journal/waiting.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace tieline::journal {

using sessions = std::vector<std::unique_ptr<waiting>>;

/// Of their messages together.
std::size_t bytes_of(const sessions& all);

/// Continues the sessions on their executors with what was decided, with one post for each executor.
void wake(sessions all);

/// What was submitted and waits for the writer. Waking a thread costs as much as storing a message: the writer is woken when an
/// executor has done all that it had to do, or when many wait.
class inbox : public std::enable_shared_from_this<inbox> {
public:
    /// Any thread. False when it is closed: `one` stays with the caller.
    bool put(std::unique_ptr<waiting>& one);

    /// All that waits, but not much more than `most` bytes; waits for the first, as long as `limit` says where it says so. Empty
    /// then, and when there is nothing and never will be.
    sessions take(std::size_t most, std::optional<std::chrono::milliseconds> limit);

    /// What is in it can still be taken.
    void close();
    bool closed() const;

private:
    void announce();

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    sessions waiting_;
    bool announced_ = false;
    bool closed_ = false;
};

}  // namespace tieline::journal
