#include "broker/bus/kafka/producer.hpp"

#include "broker/bus/kafka/owned.hpp"

#include <array>
#include <map>

// librdkafka's own macros.
#pragma GCC diagnostic ignored "-Wpedantic"
#ifdef __clang__
#pragma clang diagnostic ignored "-Wgnu-statement-expression-from-macro-expansion"
#endif

namespace tieline::bus::kafka {
namespace {

using milliseconds = std::chrono::milliseconds;

int to_int(milliseconds span) { return static_cast<int>(span.count()); }

class rdkafka_producer final : public producer {
public:
    ~rdkafka_producer() override { close(std::chrono::seconds(5)); }

    /// Takes over what was configured; librdkafka's words when it can't.
    std::string open(rdkafka::conf given)
    {
        rd_kafka_conf_set_opaque(given.get(), this);
        rd_kafka_conf_set_dr_msg_cb(given.get(), on_report);
        rd_kafka_conf_set_error_cb(given.get(), on_error);
        std::string why;
        kafka_ = rdkafka::open(rdkafka::kind::producer, std::move(given), why);
        if (kafka_)
            main_queue_.reset(rd_kafka_queue_get_main(kafka_));
        return why;
    }

    std::string send(const model::record& one, std::uint64_t id) override
    {
        auto* headers = rd_kafka_headers_new(one.headers.size());
        for (const auto& [name, value] : one.headers)
            rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                                static_cast<ssize_t>(value.size()));
        // The record stays with the window until its report, so librdkafka gets a copy: it may outlive both when it
        // hangs.
        const auto error = rd_kafka_producev(
            kafka_, RD_KAFKA_V_TOPIC(one.topic.c_str()), RD_KAFKA_V_KEY(one.key.data(), one.key.size()),
            RD_KAFKA_V_VALUE(const_cast<char*>(one.value.data()), one.value.size()),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(id)), RD_KAFKA_V_END);
        if (!error)
            return {};
        rd_kafka_headers_destroy(headers);
        return rd_kafka_err2str(error);
    }

    std::string send(const std::string& to, const note& one, std::uint64_t id) override
    {
        const auto error = rd_kafka_producev(
            kafka_, RD_KAFKA_V_TOPIC(to.c_str()), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_KEY(one.key.data(), one.key.size()),
            RD_KAFKA_V_VALUE(const_cast<char*>(one.value.data()), one.value.size()),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(id)), RD_KAFKA_V_END);
        return error ? rd_kafka_err2str(error) : "";
    }

    step fence(milliseconds limit) override { return step_of(rd_kafka_init_transactions(kafka_, to_int(limit))); }
    step begin() override { return step_of(rd_kafka_begin_transaction(kafka_)); }
    step commit(milliseconds limit) override { return step_of(rd_kafka_commit_transaction(kafka_, to_int(limit))); }

    std::vector<delivery_report> poll(milliseconds limit) override
    {
        rd_kafka_poll(kafka_, to_int(limit));
        return std::exchange(reports_, {});
    }

    void wake() override { rd_kafka_queue_yield(main_queue_.get()); }

    bool up() const override { return up_; }
    std::string last_error() const override { return last_error_; }
    std::string broken() const override { return broken_; }

    void look(milliseconds limit) override
    {
        const struct rd_kafka_metadata* found = nullptr;
        const auto error = rd_kafka_metadata(kafka_, 0, nullptr, &found, to_int(limit));
        if (!error)
            rd_kafka_metadata_destroy(found);
        up_ = !error;
        if (error && last_error_.empty())
            last_error_ = rd_kafka_err2str(error);
    }

    said<topic_state> ensure_topic(const topic_wish& wanted, milliseconds limit) override
    {
        auto found = state_of(wanted.name, limit);
        if (found && found->partitions > 0)
            return found;
        if (const auto refused = create_topic(kafka_, wanted, limit); !refused.empty())
            return refused;
        found = state_of(wanted.name, limit);
        if (found && found->partitions == 0)
            return std::string("the brokers do not show it yet");
        return found;
    }

    std::size_t most_bytes(const std::string& name) override { return most_bytes_of(kafka_, name); }

    void give_up(std::string why) override
    {
        if (broken_.empty())
            broken_ = std::move(why);
    }

    void close(milliseconds limit) override
    {
        if (!kafka_)
            return;
        topics_.clear();
        main_queue_.reset();
        rdkafka::close(std::exchange(kafka_, nullptr), limit);
    }

private:
    static rdkafka_producer& self(void* opaque) { return *static_cast<rdkafka_producer*>(opaque); }

    static void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque)
    {
        auto& me = self(opaque);
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            me.up_ = true;
            const auto id = reinterpret_cast<std::uint64_t>(message->_private);
            me.reports_.push_back({id, message->partition, message->offset});
        } else if (message->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE && message->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
            me.give_up(std::string("topic ") + rd_kafka_topic_name(message->rkt) + ": " + rd_kafka_err2str(message->err));
        }
    }

    static void on_error(rd_kafka_t* kafka, int code, const char* reason, void* opaque)
    {
        auto& me = self(opaque);
        if (code == RD_KAFKA_RESP_ERR__FATAL) {
            std::array<char, 512> why{};
            rd_kafka_fatal_error(kafka, why.data(), why.size());
            return me.give_up(why.data());
        }
        me.last_error_ = reason;
        if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
            me.up_ = false;
    }

    // Whatever can't simply be asked for again leaves open what happened.
    step step_of(rd_kafka_error_t* given)
    {
        const failure error(given);
        if (!error)
            return step::done;
        if (rd_kafka_error_is_retriable(error.get()) && !rd_kafka_error_is_fatal(error.get()) &&
            !rd_kafka_error_txn_requires_abort(error.get()))
            return step::again;
        give_up(rd_kafka_error_string(error.get()));
        return step::broken;
    }

    /// As the brokers say. The handle is kept, so that the first record need not wait for the client to learn of it.
    said<topic_state> state_of(const std::string& name, milliseconds limit)
    {
        auto found = find_topic(kafka_, name, limit);
        up_ = found.has_value();
        if (!found)
            last_error_ = found.error();
        else if (found->partitions > 0 && !topics_.contains(name))
            topics_.emplace(name, rd_kafka_topic_new(kafka_, name.c_str(), nullptr));
        return found;
    }

    rd_kafka_t* kafka_ = nullptr;
    queue main_queue_;
    std::map<std::string, topic> topics_;
    std::vector<delivery_report> reports_;
    bool up_ = false;
    std::string last_error_;
    std::string broken_;
};

}  // namespace

std::unique_ptr<producer> make_producer(const properties& given, model::issues& found)
{
    auto made = rdkafka::make_conf(given, "bus.properties", found);
    if (model::has_error(found))
        return nullptr;
    auto producer = std::make_unique<rdkafka_producer>();
    if (const auto refused = producer->open(std::move(made)); !refused.empty()) {
        found.push_back({.code = "value", .at = "bus.properties", .diagnostics = refused});
        return nullptr;
    }
    return producer;
}

void check_properties(const properties& given, model::issues& found)
{
    (void)rdkafka::make_conf(given, "bus.properties", found);
}

}  // namespace tieline::bus::kafka
