#include "broker/bus/kafka/producer.hpp"

#include "broker/bus/bus.hpp"
#include "broker/observe/log.hpp"

#include <librdkafka/rdkafka.h>

#include <array>
#include <atomic>
#include <future>
#include <string_view>
#include <thread>

// librdkafka's own macros.
#pragma GCC diagnostic ignored "-Wpedantic"
#ifdef __clang__
#pragma clang diagnostic ignored "-Wgnu-statement-expression-from-macro-expansion"
#endif

namespace tieline::bus::kafka {
namespace {

using milliseconds = std::chrono::milliseconds;

template <auto Free>
struct freed_by {
    template <typename T>
    void operator()(T* what) const
    {
        Free(what);
    }
};
template <typename T, auto Free>
using owned = std::unique_ptr<T, freed_by<Free>>;

using conf = owned<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using queue = owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using topic = owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using new_topic = owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using admin_options = owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using event = owned<rd_kafka_event_t, rd_kafka_event_destroy>;

int to_int(milliseconds span) { return static_cast<int>(span.count()); }

class rdkafka_producer final : public producer {
public:
    ~rdkafka_producer() override { close(std::chrono::seconds(5)); }

    /// Takes over what was configured; librdkafka's words when it can't.
    std::string open(conf given)
    {
        rd_kafka_conf_set_opaque(given.get(), this);
        rd_kafka_conf_set_dr_msg_cb(given.get(), on_report);
        rd_kafka_conf_set_error_cb(given.get(), on_error);
        rd_kafka_conf_set_log_cb(given.get(), on_log);
        std::array<char, 512> why{};
        kafka_ = rd_kafka_new(RD_KAFKA_PRODUCER, given.get(), why.data(), why.size());
        if (!kafka_)
            return why.data();
        (void)given.release();  // librdkafka has it now
        main_queue_.reset(rd_kafka_queue_get_main(kafka_));
        return {};
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

    boost::system::result<topic_state, std::string> ensure_topic(const std::string& name, std::int32_t partitions,
                                                                 std::int16_t replication, milliseconds limit) override
    {
        if (const auto found = state_of(name, limit); found.partitions > 0)
            return found;
        const auto refused = create(name, partitions, replication, limit);
        if (!refused.empty())
            return refused;
        if (const auto made = state_of(name, limit); made.partitions > 0)
            return made;
        return "the brokers do not show it yet";
    }

    void close(milliseconds limit) override
    {
        if (!kafka_)
            return;
        topics_.clear();
        main_queue_.reset();
        rd_kafka_purge(kafka_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
        std::promise<void> ended;
        auto when_ended = ended.get_future();
        std::thread closing([kafka = std::exchange(kafka_, nullptr), ended = std::move(ended)]() mutable {
            rd_kafka_destroy_flags(kafka, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
            ended.set_value();
        });
        if (when_ended.wait_for(limit) == std::future_status::ready)
            return closing.join();
        observe::log.error("bus.client_hangs", {{"limit_ms", limit.count()}});
        closing.detach();
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
            me.breaks(std::string("topic ") + rd_kafka_topic_name(message->rkt) + ": " + rd_kafka_err2str(message->err));
        }
    }

    static void on_error(rd_kafka_t* kafka, int code, const char* reason, void* opaque)
    {
        auto& me = self(opaque);
        if (code == RD_KAFKA_RESP_ERR__FATAL) {
            std::array<char, 512> why{};
            rd_kafka_fatal_error(kafka, why.data(), why.size());
            return me.breaks(why.data());
        }
        me.last_error_ = reason;
        if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
            me.up_ = false;
    }

    static void on_log(const rd_kafka_t*, int level, const char* facility, const char* text)
    {
        // That one of our own properties is experimental is for us to know, not for each start's log.
        const std::string_view said(text);
        const bool ours = said.find("enable.gapless.guarantee is experimental") != said.npos;
        if (level <= 4 && !ours)
            observe::log.warn("bus.client", {{"facility", facility}, {"text", text}});
        else
            observe::log.debug("bus.client", {{"facility", facility}, {"text", text}});
    }

    void breaks(std::string why)
    {
        if (broken_.empty())
            broken_ = std::move(why);
    }

    /// Empty when it was made or is there; else the brokers' words.
    std::string create(const std::string& name, std::int32_t partitions, std::int16_t replication, milliseconds limit)
    {
        std::array<char, 512> why{};
        const new_topic wanted(rd_kafka_NewTopic_new(name.c_str(), partitions, replication, why.data(), why.size()));
        if (!wanted)
            return why.data();
        const auto most = std::to_string(most_record_bytes + (64U << 10));
        rd_kafka_NewTopic_set_config(wanted.get(), "max.message.bytes", most.c_str());
        const admin_options options(rd_kafka_AdminOptions_new(kafka_, RD_KAFKA_ADMIN_OP_CREATETOPICS));
        rd_kafka_AdminOptions_set_request_timeout(options.get(), to_int(limit), nullptr, 0);
        rd_kafka_AdminOptions_set_operation_timeout(options.get(), to_int(limit), nullptr, 0);
        const queue answers(rd_kafka_queue_new(kafka_));
        auto* one = wanted.get();
        rd_kafka_CreateTopics(kafka_, &one, 1, options.get(), answers.get());
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
        const auto* said = rd_kafka_topic_result_error_string(made[0]);
        return said ? said : rd_kafka_err2str(error);
    }

    /// What all brokers together know of the topic: asking for one that is missing could make it, with a broker's
    /// defaults. No partitions: it is not there. The handle is kept, so that the first record need not wait for the
    /// client to learn of it.
    topic_state state_of(const std::string& name, milliseconds limit)
    {
        const struct rd_kafka_metadata* found = nullptr;
        if (const auto error = rd_kafka_metadata(kafka_, 1, nullptr, &found, to_int(limit))) {
            last_error_ = rd_kafka_err2str(error);
            up_ = false;
            return {};
        }
        up_ = true;
        topic_state state;
        for (int i = 0; i < found->topic_cnt; i++)
            if (const auto& one = found->topics[i]; one.topic == name && !one.err && one.partition_cnt > 0)
                state = {one.partition_cnt, one.partitions[0].replica_cnt};
        rd_kafka_metadata_destroy(found);
        if (state.partitions > 0)
            topics_.emplace_back(rd_kafka_topic_new(kafka_, name.c_str(), nullptr));
        return state;
    }

    rd_kafka_t* kafka_ = nullptr;
    queue main_queue_;
    std::vector<topic> topics_;
    std::vector<delivery_report> reports_;
    bool up_ = false;
    std::string last_error_;
    std::string broken_;
};

conf make_conf(const properties& given, model::issues& found)
{
    conf made(rd_kafka_conf_new());
    std::array<char, 512> why{};
    for (const auto& [name, value] : given) {
        if (rd_kafka_conf_set(made.get(), name.c_str(), value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK)
            continue;
        found.push_back({.code = "value", .at = "bus.properties." + name, .diagnostics = why.data()});
    }
    return made;
}

}  // namespace

std::unique_ptr<producer> make_producer(const properties& given, model::issues& found)
{
    auto made = make_conf(given, found);
    if (model::has_error(found))
        return nullptr;
    auto producer = std::make_unique<rdkafka_producer>();
    if (const auto refused = producer->open(std::move(made)); !refused.empty()) {
        found.push_back({.code = "value", .at = "bus.properties", .diagnostics = refused});
        return nullptr;
    }
    return producer;
}

void check_properties(const properties& given, model::issues& found) { (void)make_conf(given, found); }

}  // namespace tieline::bus::kafka
