#include "broker/pipeline/pacer.hpp"

#include <algorithm>

namespace tieline::pipeline {
namespace {

using namespace std::chrono_literals;
constexpr auto most_behind = 1s;
constexpr auto longest_wait = 10s;
constexpr std::int64_t most_tickets = 2000;

}  // namespace

void pacer::handed_over(instant oldest, std::size_t count)
{
    std::lock_guard lock(mutex_);
    ranges_.push_back({oldest, count});
    lag_ = now() - oldest;
    board_.bus().oldest_unpublished.set(ranges_.front().oldest.time_since_epoch().count());
}

void pacer::published(offset through)
{
    std::lock_guard lock(mutex_);
    tickets_ = std::min(tickets_ + static_cast<std::int64_t>(ranges_.front().count), most_tickets);
    ranges_.pop_front();
    board_.bus().oldest_unpublished.set(ranges_.empty() ? 0 : ranges_.front().oldest.time_since_epoch().count());
    board_.bus().published.set(static_cast<std::int64_t>(through.value));
}

void pacer::caught_up()
{
    std::lock_guard lock(mutex_);
    lag_ = {};
}

bool pacer::lets_in()
{
    if (!board_.bus().up.get())
        return true;
    std::lock_guard lock(mutex_);
    const auto behind = ranges_.empty() ? lag_ : std::max<std::chrono::microseconds>(lag_, now() - ranges_.front().oldest);
    if (behind < most_behind)
        return true;
    if (tickets_ < 2)
        return false;
    tickets_ -= 2;
    return true;
}

asio::awaitable<void> pacer::pass()
{
    const auto end = std::chrono::steady_clock::now() + longest_wait;
    while (!lets_in() && std::chrono::steady_clock::now() < end)
        co_await sleep_for(2ms);
}

}  // namespace tieline::pipeline
