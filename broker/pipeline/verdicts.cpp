#include "broker/pipeline/verdicts.hpp"

#include <boost/asio/post.hpp>

namespace tieline::pipeline {

void verdicts::complete(offset at, model::issues found)
{
    std::lock_guard lock(mutex_);
    done_.insert_or_assign(at, std::move(found));
    if (done_.size() > kept)
        done_.erase(done_.begin());
    const auto [first, last] = waiting_.equal_range(at);
    for (auto it = first; it != last; ++it)
        asio::post(it->second.executor, [timer = it->second.timer] { timer->cancel(); });
    waiting_.erase(first, last);
}

std::optional<model::issues> verdicts::find(offset at) const
{
    std::lock_guard lock(mutex_);
    const auto found = done_.find(at);
    return found == done_.end() ? std::nullopt : std::optional(found->second);
}

asio::awaitable<std::optional<model::issues>> verdicts::wait(offset at, std::chrono::milliseconds limit)
{
    const auto executor = co_await asio::this_coro::executor;
    const auto timer = std::make_shared<asio::steady_timer>(executor, limit);
    {
        std::lock_guard lock(mutex_);
        if (const auto found = done_.find(at); found != done_.end())
            co_return found->second;
        waiting_.emplace(at, waiter{executor, timer});
    }
    co_await timer->async_wait(no_throw);
    auto found = find(at);
    if (!found) {
        std::lock_guard lock(mutex_);
        std::erase_if(waiting_, [&](const auto& one) { return one.second.timer == timer; });
    }
    co_return found;
}

}  // namespace tieline::pipeline
