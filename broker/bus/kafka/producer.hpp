#pragma once

#include "broker/bus/kafka/admin.hpp"
#include "broker/bus/kafka/progress.hpp"
#include "broker/bus/kafka/properties.hpp"
#include "broker/model/decision.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tieline::bus::kafka {

/// A record that Kafka has: which one, and where it came to lie.
struct delivery_report {
    std::uint64_t id{};
    std::int32_t partition = 0;
    std::int64_t position = -1;
};

/// How a step of a transaction went.
enum class step {
    done,
    again,   ///< not in this time: to be asked for once more
    broken,  ///< it may have happened or not; `broken()` says why
};

/// One librdkafka producer, for one thread but for `wake`. When it can't go on (a fatal error, a record that it gave
/// up, a transaction that failed) it says so and is to be replaced; what it had no report for is to be sent again by its
/// successor. With a `transactional.id`: `fence` first, then records between `begin` and `commit` only.
class producer {
public:
    virtual ~producer() = default;

    /// Hands over a record; the report with this id comes from `poll`. The reason in words when it could not be taken.
    virtual std::string send(const model::record& one, std::uint64_t id) = 0;

    /// The same for a note, to partition 0.
    virtual std::string send(const std::string& topic, const note& one, std::uint64_t id) = 0;

    /// Ends every earlier producer of the same `transactional.id`, and what it had open.
    virtual step fence(std::chrono::milliseconds limit) = 0;
    virtual step begin() = 0;
    /// Waits for all reports (`poll` gives them afterwards) and commits.
    virtual step commit(std::chrono::milliseconds limit) = 0;

    /// Gives the reports that came; waits up to `limit` for the first, or until woken.
    virtual std::vector<delivery_report> poll(std::chrono::milliseconds limit) = 0;

    /// Ends a `poll`, or the next one; any thread.
    virtual void wake() = 0;

    /// Whether a broker is connected as far as known, and the last error in words; `up` is asked for anew with `look`.
    virtual bool up() const = 0;
    virtual std::string last_error() const = 0;

    /// Asks the brokers whether they are there; waits up to `limit`.
    virtual void look(std::chrono::milliseconds limit) = 0;

    /// Why this producer can't go on; empty while it can.
    virtual std::string broken() const = 0;

    /// Makes the topic when it is missing and says what it is. Waits for the brokers up to `limit`, three times at most.
    virtual said<topic_state> ensure_topic(const topic_wish& wanted, std::chrono::milliseconds limit) = 0;

    /// The largest record that a topic takes; 0: not known. Waits up to 1 s.
    virtual std::size_t most_bytes(const std::string& topic) = 0;

    /// Says that it can't go on.
    virtual void give_up(std::string why) = 0;

    /// Gives up what was not reported, and ends within `limit`: librdkafka can hang, then it is left behind.
    virtual void close(std::chrono::milliseconds limit) = 0;
};

/// Makes a producer; what librdkafka does not take becomes an issue with its own words, and null is returned.
std::unique_ptr<producer> make_producer(const properties& given, model::issues& found);

/// As `make_producer`, without opening anything.
void check_properties(const properties& given, model::issues& found);

}  // namespace tieline::bus::kafka
