#include "broker/rdkafka/client.hpp"

#include "broker/observe/log.hpp"

#include <librdkafka/rdkafka.h>

#include <array>
#include <future>
#include <thread>

namespace tieline::rdkafka {
namespace {

void log_debug(const rd_kafka_t*, int, const char* facility, const char* text)
{
    observe::log.debug("kafka.client", {{"facility", facility}, {"text", text}});
}

void log_warnings(const rd_kafka_t* client, int level, const char* facility, const char* text)
{
    // That one of our own properties is experimental is for us to know, not for each start's log.
    const bool ours = std::string_view(text).find("enable.gapless.guarantee is experimental") != std::string_view::npos;
    if (level > 4 || ours)
        return log_debug(client, level, facility, text);
    observe::log.warn("kafka.client", {{"facility", facility}, {"text", text}});
}

}  // namespace

void free_conf::operator()(rd_kafka_conf_s* what) const { rd_kafka_conf_destroy(what); }

conf make_conf(const properties& given, std::string_view at, model::issues& found, bool quiet)
{
    conf made(rd_kafka_conf_new());
    rd_kafka_conf_set_log_cb(made.get(), quiet ? log_debug : log_warnings);
    std::array<char, 512> why{};
    for (const auto& [name, value] : given) {
        if (rd_kafka_conf_set(made.get(), name.c_str(), value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK)
            continue;
        found.push_back({.code = "value", .at = std::string(at) + '.' + name, .diagnostics = why.data()});
    }
    return made;
}

rd_kafka_s* open(kind what, conf given, std::string& why)
{
    std::array<char, 512> words{};
    auto* made = rd_kafka_new(what == kind::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, given.get(), words.data(), words.size());
    if (made)
        (void)given.release();  // librdkafka has it now
    else
        why = words.data();
    return made;
}

void close(rd_kafka_s* client, std::chrono::milliseconds limit)
{
    std::promise<void> ended;
    auto when_ended = ended.get_future();
    std::thread closing([client, ended = std::move(ended)]() mutable {
        rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        ended.set_value();
    });
    if (when_ended.wait_for(limit) == std::future_status::ready)
        return closing.join();
    observe::log.error("kafka.client_hangs", {{"limit_ms", limit.count()}});
    closing.detach();
}

}  // namespace tieline::rdkafka
