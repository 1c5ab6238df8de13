#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace tieline {

/// A queue between threads, bounded by the weight (bytes) of what it holds; a single item heavier than the bound is let in
/// when the queue is empty, so that nothing waits for ever.
template <typename T>
class bounded_queue {
public:
    explicit bounded_queue(std::size_t most) : most_(most) {}

    /// Puts the item in; false, leaving it untouched, when there is no room or the queue is closed.
    bool try_push(T& item, std::size_t weight)
    {
        std::lock_guard lock(mutex_);
        if (closed_ || (weight_ + weight > most_ && !items_.empty()))
            return false;
        items_.push_back({std::move(item), weight});
        weight_ += weight;
        changed_.notify_one();
        return true;
    }

    /// Takes all that waits; waits up to `limit` for the first. Empty when the time ran out or the queue was closed.
    std::vector<T> take_all(std::chrono::milliseconds limit)
    {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, limit, [this] { return closed_ || !items_.empty(); });
        std::vector<T> taken;
        taken.reserve(items_.size());
        for (auto& item : items_)
            taken.push_back(std::move(item.value));
        items_.clear();
        weight_ = 0;
        return taken;
    }

    void close()
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

    bool closed() const
    {
        std::lock_guard lock(mutex_);
        return closed_;
    }

    std::size_t weight() const
    {
        std::lock_guard lock(mutex_);
        return weight_;
    }

private:
    struct weighed {
        T value;
        std::size_t weight;
    };
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<weighed> items_;
    std::size_t most_;
    std::size_t weight_ = 0;
    bool closed_ = false;
};

}  // namespace tieline
