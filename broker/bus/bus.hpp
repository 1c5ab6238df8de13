#pragma once

#include "broker/base/error.hpp"
#include "broker/base/ids.hpp"
#include "broker/base/kinds.hpp"
#include "broker/model/decision.hpp"
#include "broker/observe/board.hpp"
#include "broker/settings/settings.hpp"
#include "broker/store/store.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tieline::bus {

/// What a record's value may have: topics and clients are set for it.
inline constexpr std::size_t most_record_bytes = 48U << 20;

/// Where a record came to lie, or why the bus does not take it: then none of its message's records are there.
struct placement {
    model::topic_place place{};
    std::string refused{};  ///< in our own words; empty: it is there
};

/// The records of a contiguous range of journal offsets, and what becomes durable with them. Every record's value is
/// at most `most_record_bytes`.
struct publication {
    std::vector<model::record> records{};
    offset through{};           ///< the last offset of the range; that of the one before for messages that were Held
    std::size_t kept_bytes{};   ///< memory that `placed` and `committed` keep
    store::batch effects{};     ///< outcomes, deliveries, the cursor: committed in one batch with the records (embedded) or
                                ///< right after their delivery reports (Kafka)
    /// Called before the effects are committed with what became of each record (same order as `records`), so that
    /// the outcomes can say it: adds to `effects`.
    std::function<void(store::batch& effects, const std::vector<placement>& places)> placed{};
    /// Called after the commit, in offset order.
    std::function<void()> committed{};
};

/// Where normalised messages go: topics of records (design, section 4). Two kinds, one interface.
class bus {
public:
    virtual ~bus() = default;

    /// Makes the topics that are missing (full names, with the prefix) and notes their partitions on the board. Does
    /// not wait for a bus that is away: then it is done when it is back.
    virtual void ensure_topics(std::vector<std::string> topics) = 0;

    /// Takes the next range. Blocks while the window of unconfirmed ranges is full; false once stopping or when the
    /// store failed. For one thread: the pipeline's. Ranges are confirmed in order.
    virtual bool publish(publication range) = 0;

    /// The last offset whose effects are committed.
    virtual offset published_through() const = 0;

    /// Confirms what can be confirmed within `limit`, then ends.
    virtual void stop(std::chrono::milliseconds limit) = 0;
};

struct parts {
    store::store& store;
    observe::board& board;
    std::string node{};
    offset from{};   ///< published through at start
    offset newest{}; ///< the journal's last entry at start
};

/// Makes a bus of the kind that the configuration names. Faults of `given` (an unknown property …) go into `found`;
/// null then.
using factory = std::function<std::unique_ptr<bus>(const settings::bus& given, parts from, model::issues& found)>;

/// Finds the faults of a configuration without making or opening anything.
using checker = std::function<void(const settings::bus& given, model::issues& found)>;

class registry {
public:
    /// Throws std::logic_error when the kind is there already.
    void add(std::string kind, factory make, checker check);
    std::unique_ptr<bus> make(const settings::bus& given, parts from, model::issues& found) const;
    void check(const settings::bus& given, model::issues& found) const;
    std::vector<std::string> kinds() const { return kinds_.names(); }

private:
    struct kind_of_bus {
        factory make{};
        checker check{};
    };
    const kind_of_bus* find(const settings::bus& given, model::issues& found) const;

    tieline::kinds<kind_of_bus> kinds_;
};

/// `embedded` and `kafka` (broker/bus/builtin.cpp).
void add_builtin(registry& to);

/// Reads records of a topic of the embedded bus, oldest first, from position `from` of `partition`, at most `most`.
result<std::vector<model::record>> read_embedded(store::store& from, std::string_view topic, std::int32_t partition,
                                                 std::int64_t position, std::size_t most);

}  // namespace tieline::bus
