#pragma once

#include "broker/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>

struct rd_kafka_s;

namespace tieline::bus::kafka {

/// What a topic that is missing is made as.
struct topic_wish {
    std::string name{};
    std::int32_t partitions = 1;
    std::int16_t replication = 1;
    bool compacted = false;  ///< the newest record of each key is kept for ever, and old ones go soon
};

/// What a topic is found to be.
struct topic_state {
    std::int32_t partitions = 0;
    std::int32_t replication = 0;
};

template <typename T>
using said = boost::system::result<T, std::string>;  ///< or the reason in words

/// The topic as the brokers know it: no partitions when it is not there, and asking does not make it. Waits up to `limit`.
said<topic_state> find_topic(rd_kafka_s* with, const std::string& name, std::chrono::milliseconds limit);

/// Its `max.message.bytes`; 0 where the brokers don't say: they may be too old, or this client may not ask. Waits up to 1 s.
std::size_t most_bytes_of(rd_kafka_s* with, const std::string& name);

/// Makes it; empty when it was made or is there, else the brokers' words. Waits up to `limit`.
std::string create_topic(rd_kafka_s* with, const topic_wish& wanted, std::chrono::milliseconds limit);

}  // namespace tieline::bus::kafka
