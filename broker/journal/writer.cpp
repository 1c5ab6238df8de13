#include "broker/journal/writer.hpp"

#include "broker/base/sabotage.hpp"
#include "broker/journal/keys.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/store/entry.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <ctime>
#include <map>

namespace tieline::journal {
namespace {

constexpr std::size_t most_bytes_of_batch = 16U << 20;

/// How long this thread has waited for something since it was made: all time less what it worked.
class stopwatch {
public:
    std::chrono::nanoseconds time() const { return read() - begun_; }

private:
    static std::chrono::nanoseconds read()
    {
        timespec worked{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &worked);
        return std::chrono::steady_clock::now().time_since_epoch() - std::chrono::seconds(worked.tv_sec) -
               std::chrono::nanoseconds(worked.tv_nsec);
    }

    std::chrono::nanoseconds begun_ = read();
};

std::string reason_of(const model::issues& found)
{
    return found.empty() ? "refused when it came" : model::to_text(found.front());
}

/// Continues the sessions on their executors, with one post for each executor.
void wake(std::vector<std::unique_ptr<waiting>> group)
{
    while (!group.empty()) {
        const auto executor = group.front()->session->executor;
        const auto others = std::stable_partition(group.begin(), group.end(),
                                                  [&](const auto& one) { return one->session->executor == executor; });
        std::vector<std::unique_ptr<waiting>> rest(std::make_move_iterator(others), std::make_move_iterator(group.end()));
        group.erase(others, group.end());
        boost::asio::post(executor, [woken = std::move(group)] {
            for (const auto& one : woken)
                one->session->resume(one->decided);
        });
        group = std::move(rest);
    }
}

}  // namespace

writer::writer(store::store& in, const options& given, offset last, ring& out)
    : store_(in), ring_(out), room_(given.data, given.disk_reserve), duplicates_(in), last_(last),
      thread_([this] { run(); })
{
}

writer::~writer() { stop(); }

void writer::submit(std::unique_ptr<waiting> one)
{
    std::unique_lock lock(mutex_);
    if (stopping_) {
        lock.unlock();
        one->decided = error_code(boost::asio::error::operation_aborted);
        group alone;
        alone.push_back(std::move(one));
        return wake(std::move(alone));
    }
    bytes_waiting_ += one->bytes;
    waiting_.push_back(std::move(one));
    if (waiting_.size() >= wanted_)
        changed_.notify_one();
}

void writer::stop()
{
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable())
        thread_.join();
}

void writer::run()
{
    for (;;) {
        auto taken = gather();
        if (taken.empty())
            return;
        write(taken);
        die_at("synced");
        woken_ = taken.size();
        std::size_t bytes = 0;
        for (const auto& one : taken)
            bytes += one->bytes;
        bytes_waiting_ -= bytes;
        wake(std::move(taken));
    }
}

// Waiting for the disk costs the same for one message as for sixty. The sessions that the last sync woke will mostly be back
// with their next message in much less time: waiting a part of it for them makes fewer, fuller syncs, which is more messages
// a second and fewer bytes on the disk. On a fast disk it is not worth the wait: sessions and writer then work side by side.
writer::group writer::gather()
{
    std::unique_lock lock(mutex_);
    if (!waiting_.empty() && woken_ > 0 && !stopping_) {
        wanted_ = waiting_.size() + woken_;
        const auto patience = std::min<std::chrono::nanoseconds>(disk_time_ / 2, std::chrono::milliseconds(4));
        changed_.wait_for(lock, patience, [this] { return stopping_ || waiting_.size() >= wanted_; });
    }
    wanted_ = 1;
    // Woken once a second while the disk is full, so that has_room() says when that has ended.
    while (!stopping_ && waiting_.empty()) {
        if (room_.look())
            changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        else
            changed_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_ || !waiting_.empty(); });
    }
    std::size_t bytes = 0;
    auto end = waiting_.begin();
    while (end != waiting_.end() && bytes < most_bytes_of_batch)
        bytes += (*end++)->bytes;
    group taken(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    return taken;
}

void writer::write(group& of)
{
    store::batch changes;
    entries fresh;
    const auto before = last_;
    const bool room = room_.look();
    for (auto& one : of) {
        if (!room)
            one->decided = error_code(store::errc::disk_full);
        else if (decide(*one, changes))
            fresh.push_back(one->entry);
    }
    duplicates_.forget_batch();
    if (changes.empty())
        return;
    if (sabotaged("early-ack")) {
        wake(std::exchange(of, {}));
        linger();
    }
    if (dies_at("appended")) {
        store_.commit(std::move(changes), store::durability::buffered);
        die();
    }
    const stopwatch idle;
    const auto error = store_.commit(std::move(changes), store::durability::synced);
    disk_time_ = (disk_time_ * 7 + idle.time()) / 8;
    if (!error)
        return ring_.push(fresh);
    last_ = before;
    for (auto& one : of)
        one->decided = error;
}

/// True when the message becomes a new entry, which is then in `changes`.
bool writer::decide(waiting& one, store::batch& changes)
{
    one.decided = duplicates_.decide(one);
    if (!one.decided || one.decided->what == receipt::kind::repeat)
        return false;
    one.entry->at = {++last_.value};
    one.decided->at = last_;
    add(one, changes);
    duplicates_.note(changes, one);
    return true;
}

void writer::add(waiting& one, store::batch& changes)
{
    const auto& entry = *one.entry;
    const auto key = store::key_of(entry.at.value);
    const std::string_view content(reinterpret_cast<const char*>(one.content.data()), one.content.size());
    changes.put(store::family::entry, key,
                store::entry_value(entry.message, {one.control_id, one.type, content, entry.refused}));
    if (!one.control_id_key.empty())
        changes.put(store::family::index, one.control_id_key += key, {});
    if (!one.type_key.empty())
        changes.put(store::family::index, one.type_key += key, {});
    const auto time = now();
    if (const auto second = time.time_since_epoch() / std::chrono::seconds(1); second > last_second_) {
        changes.put(store::family::index, second_key(time), key);
        last_second_ = second;
    }
    if (one.decided->what == receipt::kind::changed)
        put_trace(changes, entry.at,
                  {.at = time, .what = "Flagged", .why = "the sender used this control id before, for other bytes"});
    if (entry.refused)
        put_outcome(changes, entry.at,
                    {.state = model::message_state::refused, .reason = reason_of(one.found), .found = one.found}, {});
}

}  // namespace tieline::journal
