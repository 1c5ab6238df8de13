#include "broker/journal/ring.hpp"

#include "broker/base/pack.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/observe/log.hpp"
#include "broker/store/entry.hpp"

#include <thread>

namespace tieline::journal {
namespace {

// Of one call of `next`.
constexpr std::size_t most_entries = 2000;
constexpr std::size_t most_read = 16U << 20;

constexpr std::uint64_t most_given_up = 1'000'000;  // entries in a row

std::size_t weight(const model::entry& one) { return one.message.bytes.size() + sizeof(model::entry); }

}  // namespace

ring::ring(store::store& from, offset after, offset last, std::size_t most_bytes)
    : store_(from), most_bytes_(most_bytes), last_(last), given_(after), behind_(last > after)
{
}

void ring::push(const entries& fresh)
{
    if (fresh.empty())
        return;
    std::lock_guard lock(mutex_);
    for (const auto& one : fresh) {
        behind_ = behind_ || (!held_.empty() && bytes_ + weight(*one) > most_bytes_);
        if (behind_)
            break;
        bytes_ += weight(*one);
        held_.push_back(one);
    }
    last_ = fresh.back()->at;
    changed_.notify_one();
}

entries ring::next(std::chrono::milliseconds limit)
{
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [this] { return last_ > given_; });
    if (last_ == given_)
        return {};
    if (!held_.empty() && held_.front()->at.value == given_.value + 1)
        return take();
    const offset until = held_.empty() ? last_ : offset{held_.front()->at.value - 1};
    if (held_.empty() && until.value - given_.value <= most_entries)
        behind_ = false;  // what is pushed from here on follows `until`
    lock.unlock();
    return read(until);
}

entries ring::take()
{
    entries taken;
    std::size_t size = 0;
    while (!held_.empty() && taken.size() < most_entries && size < most_read) {
        size += weight(*held_.front());
        taken.push_back(std::move(held_.front()));
        held_.pop_front();
    }
    bytes_ -= size;
    given_ = taken.back()->at;
    return taken;
}

entries ring::read(offset until)
{
    entries found;
    std::size_t size = 0;
    bool whole = true;  // whether all up to `until` was seen
    const auto each = [&](std::string_view key, std::string_view value) {
        if (found.size() == most_entries || size >= most_read)
            return whole = false;
        const offset at{read_big_endian(key)};
        give_up_before(at);
        auto entry = store::entry_of(at, value);
        if (!entry) {
            give_up(at);
        } else {
            size += weight(*entry);
            found.push_back(std::make_shared<const model::entry>(std::move(*entry)));
        }
        given_ = at;
        return true;
    };
    const auto begin = store::key_of(given_.value + 1);
    const auto error = store_.scan(store::family::entry, begin, store::key_of(until.value + 1), each);
    if (error) {
        observe::log.error("journal.read_failed", {{"after", given_.value}, {"reason", error.message()}});
        std::this_thread::sleep_for(std::chrono::seconds(1));  // the caller asks again at once
    } else if (whole) {
        give_up_before({until.value + 1});
    }
    return found;
}

// Offsets have no gaps, so what is missing before `at` was lost on the disk; but a restored journal begins again far ahead.
void ring::give_up_before(offset at)
{
    if (at.value - given_.value > most_given_up)
        return observe::log.warn("journal.gap", {{"after", given_.value}, {"before", at.value}});
    for (auto next = given_.value + 1; next < at.value; next++)
        give_up({next});
}

// An entry that does not match its checksum is named and never goes on; the others do.
void ring::give_up(offset at)
{
    observe::log.error("journal.entry_corrupt", {{"offset", at.value}});
    store::batch told;
    put_outcome(told, at,
                {.state = model::message_state::held,
                 .reason = "the stored message does not match its checksum",
                 .published_at = now()},
                {});
    (void)store_.commit(std::move(told), store::durability::buffered);  // a failure is the store's own to tell
}

offset ring::last() const
{
    std::lock_guard lock(mutex_);
    return last_;
}

std::size_t ring::bytes() const
{
    std::lock_guard lock(mutex_);
    return bytes_;
}

}  // namespace tieline::journal
