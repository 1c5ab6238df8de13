#include "broker/bus/embedded/embedded.hpp"

#include "broker/base/pack.hpp"
#include "broker/bus/embedded/record.hpp"
#include "broker/bus/partition.hpp"
#include "broker/observe/log.hpp"

#include <atomic>

namespace tieline::bus::embedded {
namespace {

class embedded_bus final : public bus {
public:
    embedded_bus(std::int32_t partitions, parts from)
        : partitions_(partitions), store_(from.store), board_(from.board), published_through_(from.from.value)
    {
        auto& row = board_.bus();
        row.kind.set("embedded");
        row.state.set("up");
        row.up.set(1);
        row.published.set(static_cast<std::int64_t>(from.from.value));
    }

    void ensure_topics(std::vector<std::string> topics) override
    {
        for (const auto& name : topics)
            (void)find(name);  // what can't be read now is told when something is published to it
    }

    bool publish(publication range) override
    {
        if (stopping_ || store_.failed())
            return false;
        std::vector<placement> places;
        places.reserve(range.records.size());
        for (const auto& one : range.records) {
            auto* to = find(one.topic);
            if (!to)
                return false;
            places.push_back({put(*to, range.effects, one), {}});
        }
        if (range.placed)
            range.placed(range.effects, places);
        if (store_.commit(std::move(range.effects), store::durability::buffered))
            return false;
        published_through_ = range.through.value;
        board_.bus().published.set(static_cast<std::int64_t>(range.through.value));
        if (range.committed)
            range.committed();
        return true;
    }

    offset published_through() const override { return {published_through_}; }

    // What `publish` took is committed by the time it returns: nothing is left to confirm.
    void stop(std::chrono::milliseconds) override { stopping_ = true; }

private:
    struct topic {
        std::vector<std::int64_t> next{};  ///< position of each partition's next record
        observe::topic_row* row = nullptr;
    };

    // Known from `ensure_topics` on, or from the first record; its positions are read from the store then. Null when
    // they can't be.
    topic* find(const std::string& name)
    {
        std::lock_guard lock(mutex_);
        if (const auto known = topics_.find(name); known != topics_.end())
            return &known->second;
        topic made{.row = &board_.topic(name)};
        std::int64_t records = 0;
        for (std::int32_t partition = 0; partition < partitions_; partition++) {
            const auto next = next_position(store_, name, partition);
            if (!next) {
                observe::log.error("bus.topic_unreadable", {{"topic", name}, {"reason", next.error().message()}});
                board_.bus().last_error.set("topic " + name + ": " + next.error().message());
                return nullptr;
            }
            made.next.push_back(*next);
            records += *next;
        }
        made.row->partitions.set(partitions_);
        made.row->records.set(records);
        return &topics_.emplace(name, std::move(made)).first->second;
    }

    model::topic_place put(topic& to, store::batch& in, const model::record& one)
    {
        const auto partition = partition_of(one.key, partitions_);
        const auto position = to.next[static_cast<std::size_t>(partition)]++;
        auto key = partition_prefix(one.topic, partition);
        append_big_endian(key, static_cast<std::uint64_t>(position));
        in.put(store::family::record, key, to_value(one));
        to.row->records.add();
        return {one.topic, partition, position};
    }

    const std::int32_t partitions_;
    store::store& store_;
    observe::board& board_;
    std::mutex mutex_;  ///< for `topics_`, which a reload adds to; their positions are the pipeline's alone
    std::map<std::string, topic> topics_;
    std::atomic<std::uint64_t> published_through_;
    std::atomic<bool> stopping_{false};
};

}  // namespace

std::unique_ptr<bus> make_bus(const settings::bus& given, parts from, model::issues&)
{
    return std::make_unique<embedded_bus>(given.partitions, std::move(from));
}

void check(const settings::bus&, model::issues&) {}

}  // namespace tieline::bus::embedded
