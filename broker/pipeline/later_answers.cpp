#include "broker/pipeline/later_answers.hpp"

#include <boost/asio/post.hpp>

namespace tieline::pipeline {

void later_answers::complete(offset at, std::string bytes)
{
    std::lock_guard lock(mutex_);
    const auto [first, last] = waiting_.equal_range(at);
    for (auto one = first; one != last; ++one)
        say(one->second, bytes);
    waiting_.erase(first, last);
    done_.insert_or_assign(at, std::move(bytes));
    if (done_.size() > most_done)
        done_.erase(done_.begin());
}

void later_answers::wait(offset at, const std::shared_ptr<transport::way_back>& over, observe::listener_row& row)
{
    waiter one{.on = over->thread(), .over = over, .row = &row};
    std::lock_guard lock(mutex_);
    if (const auto there = done_.find(at); there != done_.end())
        return say(std::move(one), there->second);
    if (waiting_.size() == most_waiting) {
        waiting_.begin()->second.row->application_acks_lost.add();
        waiting_.erase(waiting_.begin());
    }
    waiting_.emplace(at, std::move(one));
}

bool later_answers::known(offset at) const
{
    std::lock_guard lock(mutex_);
    return done_.contains(at);
}

void later_answers::say(waiter to, std::string bytes)
{
    if (bytes.empty())
        return;
    const auto on = to.on;
    boost::asio::post(on, [to = std::move(to), bytes = std::move(bytes)]() mutable {
        const auto over = to.over.lock();
        (over ? to.row->application_acks : to.row->application_acks_lost).add();
        if (over)
            over->say(std::move(bytes));
    });
}

}  // namespace tieline::pipeline
