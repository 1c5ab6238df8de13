#pragma once

#include <memory>
#include <mutex>

namespace tieline::pipeline {

/// A value that a reload replaces while others use it: each user keeps the one that it got until it asks again.
template <typename T>
class current {
public:
    explicit current(std::shared_ptr<T> value = nullptr) : value_(std::move(value)) {}

    std::shared_ptr<T> get() const
    {
        std::lock_guard lock(mutex_);
        return value_;
    }
    void set(std::shared_ptr<T> value)
    {
        std::lock_guard lock(mutex_);
        value_ = std::move(value);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<T> value_;
};

}  // namespace tieline::pipeline
