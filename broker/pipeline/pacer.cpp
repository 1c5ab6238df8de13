#include "broker/pipeline/pacer.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace tieline::pipeline {
namespace {

using namespace std::chrono_literals;
constexpr auto most_behind = 1s;
constexpr double most_waiting = 0.75;  // of what is published in a second; senders wait for the rest
constexpr auto longest_wait = 10s;
constexpr auto look_again = 200ms;  // whether the bus has gone away meanwhile
constexpr std::chrono::duration<double> measured_span = 250ms;
constexpr std::int64_t most_tickets = 2000;

}  // namespace

void pacer::handed_over(instant oldest, std::size_t count)
{
    std::lock_guard lock(mutex_);
    if (std::exchange(idle_, false))
        since_ = clock::now();
    ranges_.push_back({oldest, count});
    lag_ = now() - oldest;
    board_.bus().oldest_unpublished.set(ranges_.front().oldest.time_since_epoch().count());
}

void pacer::published(offset through)
{
    std::lock_guard lock(mutex_);
    const auto count = ranges_.front().count;
    measure(count);
    through_ = std::max(through_, through);
    tickets_ = std::min(tickets_ + static_cast<std::int64_t>(count), most_tickets);
    ranges_.pop_front();
    board_.bus().oldest_unpublished.set(ranges_.empty() ? 0 : ranges_.front().oldest.time_since_epoch().count());
    board_.bus().published.set(static_cast<std::int64_t>(through.value));
    let_in_next();
}

void pacer::caught_up()
{
    std::lock_guard lock(mutex_);
    idle_ = ranges_.empty();
    lag_ = {};
    let_in_next();
}

void pacer::measure(std::size_t count)
{
    const auto at = clock::now();
    measured_time_ += at - std::exchange(since_, at);
    measured_count_ += count;
    if (measured_time_ < measured_span)
        return;
    rate_ = static_cast<double>(measured_count_) / measured_time_.count();
    measured_time_ = {};
    measured_count_ = 0;
}

bool pacer::lets_in()
{
    if (!board_.bus().up.get())
        return true;
    const auto behind = ranges_.empty() ? lag_ : std::max<std::chrono::microseconds>(lag_, now() - ranges_.front().oldest);
    const bool much_waits = last_ > through_ && static_cast<double>(last_.value - through_.value) > rate_ * most_waiting;
    if (behind < most_behind && !(rate_ > 0 && much_waits)) {
        tickets_ = 0;
        return true;
    }
    const std::int64_t price = behind < most_behind ? 1 : 2;
    if (tickets_ < price)
        return false;
    tickets_ -= price;
    return true;
}

void pacer::let_in_next()
{
    while (!waiting_.empty() && lets_in()) {
        waiting_.front()->let_in = true;
        asio::post(waiting_.front()->turn.get_executor(), [one = waiting_.front()] { one->turn.cancel(); });
        waiting_.pop_front();
    }
}

void pacer::leave(const std::shared_ptr<waiting>& one)
{
    std::lock_guard lock(mutex_);
    std::erase(waiting_, one);
}

asio::awaitable<void> pacer::pass(offset last)
{
    const auto executor = co_await asio::this_coro::executor;
    std::shared_ptr<waiting> mine;
    {
        std::lock_guard lock(mutex_);
        last_ = std::max(last_, last);
        if (waiting_.empty() && lets_in())
            co_return;
        mine = std::make_shared<waiting>(executor);
        waiting_.push_back(mine);
    }
    const auto end = clock::now() + longest_wait;
    while (!mine->let_in && board_.bus().up.get() && clock::now() < end) {
        mine->turn.expires_after(look_again);
        co_await mine->turn.async_wait(no_throw);
    }
    leave(mine);
}

}  // namespace tieline::pipeline
