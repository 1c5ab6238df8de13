#include "broker/transport/kafka/consumer.hpp"

#include "broker/observe/log.hpp"
#include "broker/rdkafka/owned.hpp"

#include <librdkafka/rdkafka.h>

#include <utility>

namespace tieline::transport::kafka {
namespace {

using namespace std::chrono_literals;
using observe::log;
using milliseconds = std::chrono::milliseconds;
using clock = std::chrono::steady_clock;
using rdkafka::owned;
using message = owned<rd_kafka_message_t, rd_kafka_message_destroy>;
using topic = owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using queue = owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using event = owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using partition_list = owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;

constexpr std::size_t most_bytes = 8U << 20;
constexpr auto between_commits = 1s;
constexpr auto between_looks = 30s;  // for partitions that were added
constexpr auto broker_limit = 5s;

int to_int(milliseconds span) { return static_cast<int>(span.count()); }

std::string content_type_of(const rd_kafka_message_t& one)
{
    rd_kafka_headers_t* headers = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_message_headers(&one, &headers) || rd_kafka_header_get_last(headers, "content-type", &value, &size) || !value)
        return {};
    return {static_cast<const char*>(value), size};
}

record record_of(const rd_kafka_message_t& one)
{
    record made{.partition = one.partition, .position = one.offset, .content_type = content_type_of(one)};
    if (one.payload)
        made.bytes.assign(static_cast<const char*>(one.payload), one.len);
    return made;
}

class rdkafka_consumer final : public consumer {
public:
    explicit rdkafka_consumer(const options& given) : given_(given) {}
    ~rdkafka_consumer() override { close(2s); }

    std::vector<record> take(std::size_t most, milliseconds limit) override
    {
        std::vector<record> taken;
        if (!assigned(limit))
            return taken;
        for (std::size_t bytes = 0; taken.size() < most && bytes < most_bytes;) {
            const message one(rd_kafka_consumer_poll(kafka_, taken.empty() ? to_int(limit) : 0));
            if (!one)
                break;
            if (one->err) {
                note_error(*one);
                continue;
            }
            trouble_.clear();
            taken.push_back(record_of(*one));
            bytes += taken.back().bytes.size();
        }
        commit_when_due();
        return taken;
    }

    void stored(const positions& next) override
    {
        for (const auto& [partition, position] : next) {
            reading_[partition] = position;
            uncommitted_[partition] = position;
        }
        commit_when_due();
    }

    std::string trouble() const override { return trouble_; }

    void close(milliseconds limit) override
    {
        if (!kafka_)
            return;
        commit(limit);
        rdkafka::close(std::exchange(kafka_, nullptr), limit);
    }

private:
    // Opens the client, and assigns the partitions that there are: at first, and those that were added.
    bool assigned(milliseconds limit)
    {
        if (!kafka_ && !open())
            return false;
        if (clock::now() < next_look_)
            return !reading_.empty();
        const auto partitions = partitions_there(limit);
        const bool enough = partitions > 0 && partitions <= static_cast<std::int32_t>(reading_.size());
        if (enough || (partitions > 0 && assign(partitions)))
            trouble_.clear();
        next_look_ = clock::now() + (trouble_.empty() ? between_looks : 1s);
        return !reading_.empty();
    }

    bool open()
    {
        model::issues unused;  // they were found when the options were read
        kafka_ = rdkafka::open(rdkafka::kind::consumer, rdkafka::make_conf(given_.properties, "properties", unused), trouble_);
        if (kafka_)
            rd_kafka_poll_set_consumer(kafka_);
        return kafka_ != nullptr;
    }

    // 0: not known, or no such topic.
    std::int32_t partitions_there(milliseconds limit)
    {
        const topic one(rd_kafka_topic_new(kafka_, given_.topic.c_str(), nullptr));
        const struct rd_kafka_metadata* found = nullptr;
        if (const auto error = rd_kafka_metadata(kafka_, 0, one.get(), &found, to_int(limit))) {
            trouble_ = rd_kafka_err2str(error);
            return 0;
        }
        const auto& topic = found->topics[0];
        const auto count = topic.err ? 0 : topic.partition_cnt;
        if (count == 0)
            trouble_ = "topic " + given_.topic + ": " + rd_kafka_err2str(topic.err);
        rd_kafka_metadata_destroy(found);
        return count;
    }

    bool assign(std::int32_t partitions)
    {
        const partition_list all(rd_kafka_topic_partition_list_new(partitions));
        for (std::int32_t i = 0; i < partitions; i++)
            rd_kafka_topic_partition_list_add(all.get(), given_.topic.c_str(), i);
        if (const auto error = rd_kafka_committed(kafka_, all.get(), to_int(broker_limit))) {
            trouble_ = std::string("the group's offsets: ") + rd_kafka_err2str(error);
            return false;
        }
        for (std::int32_t i = 0; i < partitions; i++) {
            auto& one = all->elems[i];
            if (one.err) {
                trouble_ = std::string("the group's offsets: ") + rd_kafka_err2str(one.err);
                return false;
            }
            if (const auto known = reading_.find(one.partition); known != reading_.end() && known->second >= 0)
                one.offset = known->second;
            else if (one.offset < 0)
                one.offset = RD_KAFKA_OFFSET_BEGINNING;
            reading_[one.partition] = one.offset;
        }
        if (const auto error = rd_kafka_assign(kafka_, all.get())) {
            trouble_ = rd_kafka_err2str(error);
            reading_.clear();
            return false;
        }
        log.info("kafka.reading", {{"listener", given_.from.name}, {"topic", given_.topic}, {"partitions", partitions}});
        return true;
    }

    void note_error(const rd_kafka_message_t& one)
    {
        trouble_ = rd_kafka_message_errstr(&one);
        next_look_ = {};
        if (one.err != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
            return;
        // What stood at this place is gone, or the topic is another one of the same name: on from its beginning, where the
        // identity and the bytes of a record tell whether it was taken before.
        log.error("kafka.place_gone", {{"listener", given_.from.name}, {"topic", given_.topic}, {"partition", one.partition},
                                       {"position", reading_[one.partition]}});
        trouble_ = "partition " + std::to_string(one.partition) + " no longer holds position " +
                   std::to_string(reading_[one.partition]) + "; reading from its beginning";
        const partition_list again(rd_kafka_topic_partition_list_new(1));
        rd_kafka_topic_partition_list_add(again.get(), given_.topic.c_str(), one.partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
        const owned<rd_kafka_error_t, rd_kafka_error_destroy> failed(rd_kafka_seek_partitions(kafka_, again.get(), to_int(broker_limit)));
        if (failed)
            reading_.clear();  // assigned anew
        else
            reading_[one.partition] = RD_KAFKA_OFFSET_BEGINNING;
    }

    void commit_when_due()
    {
        if (!uncommitted_.empty() && clock::now() - committed_ >= between_commits)
            commit(0ms);
    }

    // One that fails is made up for by the next, and by the journal, which knows what it has. Waits for it up to `limit`.
    void commit(milliseconds limit)
    {
        if (uncommitted_.empty())
            return;
        const partition_list list(rd_kafka_topic_partition_list_new(static_cast<int>(uncommitted_.size())));
        for (const auto& [partition, position] : uncommitted_)
            rd_kafka_topic_partition_list_add(list.get(), given_.topic.c_str(), partition)->offset = position;
        const queue answers(rd_kafka_queue_new(kafka_));
        rd_kafka_commit_queue(kafka_, list.get(), answers.get(), nullptr, nullptr);
        if (limit > 0ms)
            (void)event(rd_kafka_queue_poll(answers.get(), to_int(limit)));
        uncommitted_.clear();
        committed_ = clock::now();
    }

    const options given_;
    rd_kafka_t* kafka_ = nullptr;
    positions reading_;       ///< where each assigned partition is read on from: stored, not only taken
    positions uncommitted_;
    clock::time_point committed_{};
    clock::time_point next_look_{};
    std::string trouble_;
};

}  // namespace

std::unique_ptr<consumer> make_consumer(const options& given) { return std::make_unique<rdkafka_consumer>(given); }

}  // namespace tieline::transport::kafka
