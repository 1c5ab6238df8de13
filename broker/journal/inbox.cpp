#include "broker/journal/inbox.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace tieline::journal {
namespace {

constexpr std::size_t many = 16;

}  // namespace

std::size_t bytes_of(const sessions& all)
{
    return std::accumulate(all.begin(), all.end(), std::size_t{0}, [](std::size_t sum, const auto& one) { return sum + one->bytes; });
}

void wake(sessions group)
{
    while (!group.empty()) {
        const auto executor = group.front()->session->executor;
        const auto others = std::stable_partition(group.begin(), group.end(),
                                                  [&](const auto& one) { return one->session->executor == executor; });
        sessions rest(std::make_move_iterator(others), std::make_move_iterator(group.end()));
        group.erase(others, group.end());
        boost::asio::post(executor, [woken = std::move(group)] {
            for (const auto& one : woken)
                one->session->resume(one->decided);
        });
        group = std::move(rest);
    }
}

bool inbox::put(std::unique_ptr<waiting>& one)
{
    const auto executor = one->session->executor;
    std::lock_guard lock(mutex_);
    if (closed_)
        return false;
    waiting_.push_back(std::move(one));
    if (waiting_.size() % many == 0)
        changed_.notify_one();
    if (!std::exchange(announced_, true))
        boost::asio::post(executor, [self = shared_from_this()] { self->announce(); });
    return true;
}

void inbox::announce()
{
    std::lock_guard lock(mutex_);
    announced_ = false;
    if (!waiting_.empty())
        changed_.notify_one();
}

sessions inbox::take(std::size_t most, std::optional<std::chrono::milliseconds> limit)
{
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return closed_ || !waiting_.empty(); };
    if (limit)
        changed_.wait_for(lock, *limit, ready);
    else
        changed_.wait(lock, ready);
    std::size_t bytes = 0;
    auto end = waiting_.begin();
    while (end != waiting_.end() && bytes < most)
        bytes += (*end++)->bytes;
    sessions taken(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    return taken;
}

void inbox::close()
{
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_one();
}

bool inbox::closed() const
{
    std::lock_guard lock(mutex_);
    return closed_;
}

}  // namespace tieline::journal
