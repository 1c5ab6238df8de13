#include "broker/journal/syncer.hpp"

#include "broker/base/sabotage.hpp"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace tieline::journal {
namespace {

template <typename Item>
void append(std::vector<Item>& to, std::vector<Item> more)
{
    if (to.empty())
        to = std::move(more);
    else
        to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

syncer::syncer(store::store& in, ring& out) : store_(in), ring_(out), thread_([this] { run(); }) {}

syncer::~syncer() { stop(); }

void syncer::cover(sessions written, entries fresh)
{
    std::lock_guard lock(mutex_);
    bytes_ += bytes_of(written);
    append(handed_.written, std::move(written));
    append(handed_.fresh, std::move(fresh));
    if (handed_.written.size() >= wanted_ || handed_.written.empty())  // empty: a sabotaged writer has answered them itself
        changed_.notify_one();
}

void syncer::stop()
{
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable())
        thread_.join();
}

void syncer::run()
{
    pthread_setname_np(pthread_self(), "journal.sync");
    for (auto taken = gather(); !taken.empty(); taken = gather()) {
        sync(taken);
        die_at("synced");
        bytes_ -= bytes_of(taken.written);
        woken_ = taken.written.size();
        wake(std::move(taken.written));
    }
}

// Repeats alone need no sync: what they repeat was covered by an earlier one, which may have failed.
void syncer::sync(turn& of)
{
    if (of.fresh.empty() && !store_.failed())
        return;
    const auto begun = std::chrono::steady_clock::now();
    const auto error = store_.sync();
    disk_time_ = (disk_time_ * 7 + (std::chrono::steady_clock::now() - begun)) / 8;
    if (!error)
        return ring_.push(of.fresh);
    for (auto& one : of.written)
        one->decided = error;
}

// Waiting for the disk costs the same for one message as for sixty. The sessions that the last sync woke will mostly be back
// with their next message in much less time: waiting a part of it for them makes fewer, fuller syncs, which is more messages
// a second and fewer bytes on the disk.
syncer::turn syncer::gather()
{
    std::unique_lock lock(mutex_);
    if (woken_ > 0 && !stopping_) {
        wanted_ = handed_.written.size() + woken_;
        const auto patience = std::min<std::chrono::nanoseconds>(disk_time_ / 2, std::chrono::milliseconds(4));
        changed_.wait_for(lock, patience, [this] { return stopping_ || handed_.written.size() >= wanted_; });
    }
    wanted_ = 1;
    changed_.wait(lock, [this] { return stopping_ || !handed_.empty(); });
    return std::exchange(handed_, {});
}

}  // namespace tieline::journal
