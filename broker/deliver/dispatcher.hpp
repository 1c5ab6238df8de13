#pragma once

#include "broker/base/error.hpp"
#include "broker/deliver/destination.hpp"
#include "broker/model/decision.hpp"
#include "broker/observe/board.hpp"
#include "broker/settings/settings.hpp"
#include "broker/store/store.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::deliver {

/// The name under which the queue keeps messages that are Held before they reached the bus (they could not be normalised).
inline constexpr std::string_view before_the_bus = "(normalise)";

/// A delivery as it enters the queue.
struct queued {
    std::string destination{};
    offset at{};
    model::delivery what{};
};

/// Puts a delivery into the durable queue: part of the publish batch, so that the two can't come apart.
void put_delivery(store::batch& in, const queued& one);

/// Whether a message is Held before the bus (false too where its row can't be read), and its row taken out of the queue: in the batch that publishes it after a release.
bool held_before_bus(store::store& from, offset at);
void erase_held_before_bus(store::batch& in, offset at);

/// Has the next start take what waits first at each destination for perhaps sent, as after a crash.
void forget_clean_stop(store::batch& in);

/// One unfinished delivery, for people.
struct listed {
    std::string destination{};
    offset at{};
    model::delivery what{};
    std::size_t delivered_since = 0;  ///< of held ones: later messages of the same patient delivered there since
};

/// Unfinished deliveries of a state, by destination (empty: all), oldest first, at most `most`. Needs no running broker.
result<std::vector<listed>> list(store::store& from, std::string_view destination, model::delivery_state state,
                                 std::size_t most);

/// Counts `delivered_since` of those that are held; looks at 2,000 later messages in all.
void count_delivered_since(store::store& from, const std::vector<listed*>& rows);

/// A change that a person asks for; it stands in the trace with the reason and who it was.
struct order {
    enum class kind { release, skip, hold };
    kind what = kind::release;
    std::string destination{};
    offset at{};
    std::string reason{};
    std::string who{};   ///< `uid 1000`
};

/// Moves messages from the durable queue to their receivers (design, section 5): lanes, tries, holds and results, on a thread of
/// its own. A destination that is down delays no other.
class dispatcher {
public:
    virtual ~dispatcher() = default;

    /// Says that these are in the store now; any thread.
    virtual void offer(std::vector<queued> fresh) = 0;

    /// Makes the destinations of a new configuration, and gives what puts them in force and waits until they are: called once at most,
    /// from any other thread. Those that are the same go on untouched, connections and all; those that are new or have changed get a new way
    /// out; the messages of one that is gone stay in its queue. Faults go into `found`; empty then.
    virtual std::function<void()> prepare(const std::vector<settings::destination>& given, model::issues& found) = 0;

    /// What people ask for; any thread; waits for the result. Errors in words: empty when done.
    virtual std::string carry_out(const order& given) = 0;
    virtual std::string pause(std::string_view destination, std::string_view reason, std::string_view who) = 0;
    virtual std::string resume(std::string_view destination, std::string_view reason, std::string_view who) = 0;

    /// Lets tries under way end within `limit`, writes what they came to, and ends the thread.
    virtual void stop(std::chrono::milliseconds limit) = 0;
};

struct parts {
    store::store& store;
    observe::board& board;
    std::string node{};
    /// A message of `before_the_bus` that a person released: the pipeline normalises it once more, and takes its row out of the
    /// queue with what it publishes.
    std::function<void(offset)> release_message{};
};

/// Starts delivering. Faults of a destination go into `found`; null then.
std::unique_ptr<dispatcher> start(const std::vector<settings::destination>& given, const registry& kinds, parts from,
                                  model::issues& found);

}  // namespace tieline::deliver
