#pragma once

#include <catch2/catch.hpp>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tieline::tests {

/// librdkafka's own Kafka, in this process.
class mock_cluster {
public:
    explicit mock_cluster(const std::vector<std::string>& topics)
    {
        char why[256];
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "log_level", "2", why, sizeof why);
        owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
        REQUIRE(owner_);
        cluster_ = rd_kafka_mock_cluster_new(owner_, 1);
        REQUIRE(cluster_);
        REQUIRE(rd_kafka_mock_topic_create(cluster_, "tieline._progress", 1, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
        for (const auto& one : topics)
            REQUIRE(rd_kafka_mock_topic_create(cluster_, one.c_str(), 6, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    ~mock_cluster()
    {
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(owner_);
    }
    mock_cluster(const mock_cluster&) = delete;
    mock_cluster& operator=(const mock_cluster&) = delete;

    std::string servers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
    void down() { rd_kafka_mock_broker_set_down(cluster_, 1); }
    void up() { rd_kafka_mock_broker_set_up(cluster_, 1); }
    void fail_produce(std::vector<rd_kafka_resp_err_t> errors)
    {
        rd_kafka_mock_push_request_errors_array(cluster_, 0, errors.size(), errors.data());  // 0: Produce
    }

    /// Puts a value on a partition of a topic.
    void put(const std::string& topic, std::int32_t partition, const std::string& value)
    {
        char why[256];
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", servers().c_str(), why, sizeof why);
        rd_kafka_conf_set(conf, "log_level", "2", why, sizeof why);
        auto* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
        auto* to = rd_kafka_topic_new(producer, topic.c_str(), nullptr);
        rd_kafka_produce(to, partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()), value.size(), nullptr, 0, nullptr);
        REQUIRE(rd_kafka_flush(producer, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
        rd_kafka_topic_destroy(to);
        rd_kafka_destroy(producer);
    }

    /// The values on a topic, by partition, in order: all that comes at once, and on until `count` have come or the
    /// time ran out.
    std::map<std::int32_t, std::vector<std::string>> read(const std::string& topic, std::size_t count,
                                                          std::chrono::seconds limit = std::chrono::seconds(30)) const
    {
        char why[256];
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", servers().c_str(), why, sizeof why);
        rd_kafka_conf_set(conf, "group.id", "tests", why, sizeof why);
        rd_kafka_conf_set(conf, "log_level", "2", why, sizeof why);
        auto* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
        auto* all = rd_kafka_topic_partition_list_new(6);
        for (int i = 0; i < 6; i++)
            rd_kafka_topic_partition_list_add(all, topic.c_str(), i)->offset = RD_KAFKA_OFFSET_BEGINNING;
        rd_kafka_assign(consumer, all);
        rd_kafka_topic_partition_list_destroy(all);
        std::map<std::int32_t, std::vector<std::string>> found;
        std::size_t seen = 0;
        const auto until = std::chrono::steady_clock::now() + limit;
        for (bool more = true; (seen < count && std::chrono::steady_clock::now() < until) || more;) {
            auto* one = rd_kafka_consumer_poll(consumer, 300);
            more = one != nullptr;
            if (one && !one->err) {
                found[one->partition].emplace_back(static_cast<char*>(one->payload), one->len);
                seen++;
            }
            if (one)
                rd_kafka_message_destroy(one);
        }
        rd_kafka_consumer_close(consumer);
        rd_kafka_destroy(consumer);
        return found;
    }

private:
    rd_kafka_t* owner_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace tieline::tests
