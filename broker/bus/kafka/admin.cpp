#include "broker/bus/kafka/admin.hpp"

#include "broker/bus/bus.hpp"
#include "broker/bus/kafka/owned.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tieline::bus::kafka {
namespace {

using milliseconds = std::chrono::milliseconds;

int to_int(milliseconds span) { return static_cast<int>(span.count()); }

admin_options options_for(rd_kafka_t* with, rd_kafka_admin_op_t what, milliseconds limit)
{
    admin_options made(rd_kafka_AdminOptions_new(with, what));
    rd_kafka_AdminOptions_set_request_timeout(made.get(), to_int(limit), nullptr, 0);
    if (what == RD_KAFKA_ADMIN_OP_CREATETOPICS)
        rd_kafka_AdminOptions_set_operation_timeout(made.get(), to_int(limit), nullptr, 0);
    return made;
}

std::string words_of(rd_kafka_resp_err_t error, const char* words) { return words ? words : rd_kafka_err2str(error); }

// 0 where the brokers don't say: they may be too old, or this client may not ask.
std::size_t most_bytes_in(rd_kafka_event_t* answer)
{
    const auto* said = answer ? rd_kafka_event_DescribeConfigs_result(answer) : nullptr;
    std::size_t count = 0;
    const auto* topics = said ? rd_kafka_DescribeConfigs_result_resources(said, &count) : nullptr;
    if (count == 0)
        return 0;
    std::size_t size = 0;
    const auto* entries = rd_kafka_ConfigResource_configs(topics[0], &size);
    for (std::size_t i = 0; i < size; i++) {
        const auto* value = rd_kafka_ConfigEntry_value(entries[i]);
        if (rd_kafka_ConfigEntry_name(entries[i]) == std::string_view("max.message.bytes") && value)
            return std::strtoull(value, nullptr, 10);
    }
    return 0;
}

void configure(rd_kafka_NewTopic_t* one, bool compacted)
{
    const auto most = std::to_string(most_record_bytes + (64U << 10));
    rd_kafka_NewTopic_set_config(one, "max.message.bytes", most.c_str());
    if (!compacted)
        return;
    // Small segments that are soon compacted: all of it is read at a start.
    rd_kafka_NewTopic_set_config(one, "cleanup.policy", "compact");
    rd_kafka_NewTopic_set_config(one, "segment.bytes", "16777216");
    rd_kafka_NewTopic_set_config(one, "min.cleanable.dirty.ratio", "0.1");
}

}  // namespace

said<topic_state> find_topic(rd_kafka_t* with, const std::string& name, milliseconds limit)
{
    const struct rd_kafka_metadata* found = nullptr;
    if (const auto error = rd_kafka_metadata(with, 1, nullptr, &found, to_int(limit)))
        return rd_kafka_err2str(error);
    topic_state state;
    for (int i = 0; i < found->topic_cnt; i++)
        if (const auto& one = found->topics[i]; one.topic == name && !one.err && one.partition_cnt > 0)
            state = {one.partition_cnt, one.partitions[0].replica_cnt};
    rd_kafka_metadata_destroy(found);
    return state;
}

std::size_t most_bytes_of(rd_kafka_t* with, const std::string& name)
{
    constexpr milliseconds limit(1000);  // a broker that does not know the question says nothing

    const config_resource wanted(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
    const auto options = options_for(with, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, limit);
    const queue answers(rd_kafka_queue_new(with));
    auto* one = wanted.get();
    rd_kafka_DescribeConfigs(with, &one, 1, options.get(), answers.get());
    const event answer(rd_kafka_queue_poll(answers.get(), to_int(limit)));
    return most_bytes_in(answer.get());
}

std::string create_topic(rd_kafka_t* with, const topic_wish& wanted, milliseconds limit)
{
    std::array<char, 512> why{};
    const new_topic one(
        rd_kafka_NewTopic_new(wanted.name.c_str(), wanted.partitions, wanted.replication, why.data(), why.size()));
    if (!one)
        return why.data();
    configure(one.get(), wanted.compacted);
    const auto options = options_for(with, RD_KAFKA_ADMIN_OP_CREATETOPICS, limit);
    const queue answers(rd_kafka_queue_new(with));
    auto* each = one.get();
    rd_kafka_CreateTopics(with, &each, 1, options.get(), answers.get());
    const event answer(rd_kafka_queue_poll(answers.get(), to_int(limit) + 500));
    if (!answer)
        return "no answer";
    if (rd_kafka_event_error(answer.get()))
        return rd_kafka_event_error_string(answer.get());
    std::size_t count = 0;
    const auto* made = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer.get()), &count);
    const auto error = count ? rd_kafka_topic_result_error(made[0]) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!error || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        return {};
    return words_of(error, rd_kafka_topic_result_error_string(made[0]));
}

}  // namespace tieline::bus::kafka
