#include "broker/journal/writer.hpp"

#include "broker/base/pack.hpp"
#include "broker/base/sabotage.hpp"
#include "broker/journal/keys.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/store/entry.hpp"

#include <boost/asio/error.hpp>

#include <pthread.h>

#include <utility>

namespace tieline::journal {
namespace {

constexpr std::size_t most_bytes_of_batch = 16U << 20;

std::string reason_of(const model::issues& found)
{
    return found.empty() ? "refused when it came" : model::to_text(found.front());
}

// The newest second that has its key; a start within that second must not give it a later offset. Where it can't be read, this second
// counts as the newest: no key that may be there is overwritten, and the seconds to come get theirs.
std::int64_t newest_second(store::store& in)
{
    const auto last = in.last_key(store::family::index, second_key(instant{}), second_key(instant::max()));
    if (!last)
        return now().time_since_epoch() / std::chrono::seconds(1);
    return *last ? static_cast<std::int64_t>(read_big_endian(std::string_view(**last).substr(1))) : 0;
}

}  // namespace

writer::writer(store::store& in, const options& given, offset last, ring& out)
    : store_(in), syncer_(in, out), room_(given.data, given.disk_reserve), duplicates_(in), last_(last), last_second_(newest_second(in)),
      thread_([this] { run(); })
{
}

writer::~writer() { stop(); }

void writer::submit(std::unique_ptr<waiting> one)
{
    bytes_waiting_ += one->bytes;
    if (!inbox_->put(one)) {
        bytes_waiting_ -= one->bytes;
        one->decided = error_code(boost::asio::error::operation_aborted);
        sessions alone;
        alone.push_back(std::move(one));
        wake(std::move(alone));
    }
}

void writer::stop()
{
    inbox_->close();
    if (thread_.joinable())
        thread_.join();
    syncer_.stop();
}

void writer::run()
{
    pthread_setname_np(pthread_self(), "journal.write");
    for (;;) {
        // Awake once a second while the disk is full, so that has_room() says when that has ended.
        const auto limit = room_.look() ? std::nullopt : std::optional(std::chrono::milliseconds(1000));
        auto taken = inbox_->take(most_bytes_of_batch, limit);
        if (taken.empty() && inbox_->closed())
            return;
        const auto bytes = bytes_of(taken);
        write(std::move(taken));
        bytes_waiting_ -= bytes;
    }
}

void writer::write(sessions of)
{
    if (of.empty())
        return;
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
    if (sabotaged("early-ack")) {
        wake(std::exchange(of, {}));
        linger();
    }
    const auto error = changes.empty() ? error_code{} : store_.commit(std::move(changes), store::durability::buffered);
    if (error) {
        last_ = before;
        fresh.clear();
        for (auto& one : of)
            one->decided = error;
    }
    die_at("appended");
    syncer_.cover(std::move(of), std::move(fresh));
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
