#pragma once

#include "broker/base/error.hpp"
#include "broker/base/ids.hpp"
#include "broker/model/message.hpp"
#include "broker/store/store.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tieline::journal {

/// A message to be made durable.
struct submission {
    /// The message, and `refused` where it is kept as Refused: no repeat is ever answered from it. The journal gives it its offset.
    std::shared_ptr<model::entry> entry = std::make_shared<model::entry>();
    std::string control_id{};   ///< empty: it can't be recognised as a repeat
    std::string type{};         ///< `ADT^A01`, for the index
    model::issues found{};      ///< why it was refused
    bool answer_duplicates = true;
    std::chrono::milliseconds duplicate_window{};
    bool answered_later = false;  ///< `ack: processed`: its answer is not yet known; see `settle`
};

/// What the writer decided about a submission.
struct receipt {
    enum class kind {
        fresh,    ///< stored as a new entry
        repeat,   ///< the same sender, control id and bytes within the window: nothing stored, `at` and `time` the first's
        changed,  ///< the same control id with other bytes: stored as a new entry, flagged
    };
    kind what = kind::fresh;
    offset at{};
    instant time{};
    bool answer_pending = false;  ///< a repeat whose first is still being processed
};

/// The durable store of what was received (design, section 3): one writer takes all that wait, decides duplicates,
/// writes one batch, syncs once, and wakes every waiting session. The same entries are then handed to the pipeline.
class journal {
public:
    virtual ~journal() = default;

    /// Makes the message durable; resumes on the caller's executor once the sync that covers it has returned.
    /// Errors: store::errc::failed and disk_full (never acknowledged; may or may not be there after a restart),
    /// asio::error::operation_aborted once stopping.
    virtual boost::asio::awaitable<result<receipt>> append(submission given) = 0;

    /// The entries after the last ones given, in offset order, at most 2,000 and about 16 MiB; waits up to `limit`
    /// for the first. From the ring; from the disk after a start or when the ring ran over. For one thread: the
    /// pipeline's. Begins after `from` given to `open`.
    virtual std::vector<std::shared_ptr<const model::entry>> next(std::chrono::milliseconds limit) = 0;

    /// The newest durable offset; 0 when there is none.
    virtual offset last() const = 0;

    /// False from the moment that something was refused for want of room until the disk has room again, which is
    /// looked at once a second.
    virtual bool has_room() const = 0;

    /// Bytes of messages that wait for the writer or stand in the ring.
    virtual std::size_t bytes_in_flight() const = 0;

    /// Finishes what was submitted, then ends the writer. Later appends are refused.
    virtual void stop() = 0;
};

struct options {
    offset from{};                            ///< `next` begins after this
    std::size_t ring_bytes = 32U << 20;       ///< what waits for the pipeline in memory
    std::uint64_t disk_reserve = 2ULL << 30;  ///< free bytes below which nothing is stored
    std::string data{};                       ///< the folder whose disk is watched
};

/// `in` outlives the journal. Throws boost::system::system_error when the newest offset can't be read.
std::unique_ptr<journal> open(store::store& in, options given);

/// The first offset of a journal that goes on from a backup: far behind all that may have been given out since that was made.
offset begin_again_after(offset last);
void put_begin(store::batch& in, offset first);

/// The entry at an offset. Errors: store::errc::not_found, store::errc::corrupt.
result<model::entry> read(store::store& from, offset at);

/// Records in the same batch that the answer to an `answered_later` entry was positive (repeats get it again), or
/// forgets it so that a resend is a new message.
void settle(store::batch& in, const model::entry& entry, std::string_view control_id, bool positive);

/// The offsets of messages with this control id, newest first, at most `most`.
result<std::vector<offset>> find_control_id(store::store& from, std::string_view control_id, std::size_t most);

}  // namespace tieline::journal
