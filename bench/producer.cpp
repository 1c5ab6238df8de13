// A bare librdkafka producer with the records that Tieline would publish: idempotent, acks=all, lz4, the same headers and keys.
// Usage: producer SERVERS TOPIC VALUE_FILE SECONDS
// Prints one JSON line: records confirmed by delivery reports within the time, and their rate.
// Exit: 0 all were confirmed; 1 a record failed; 2 usage.
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

using clock_type = std::chrono::steady_clock;

struct counts {
    long confirmed = 0, failed = 0;
};

void reported(rd_kafka_t*, const rd_kafka_message_t* record, void* opaque)
{
    auto& all = *static_cast<counts*>(opaque);
    (record->err == RD_KAFKA_RESP_ERR_NO_ERROR ? all.confirmed : all.failed)++;
}

using producer = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;

producer make_producer(const char* servers, counts& all)
{
    auto* settings = rd_kafka_conf_new();
    char error[512];
    const std::pair<const char*, const char*> given[] = {
        {"bootstrap.servers", servers},      {"enable.idempotence", "true"}, {"acks", "all"},
        {"compression.codec", "lz4"},        {"linger.ms", "2"},             {"message.max.bytes", "50331648"},
        {"queue.buffering.max.messages", "4000"}, {"socket.nagle.disable", "true"}};
    for (const auto& [name, value] : given) {
        if (rd_kafka_conf_set(settings, name, value, error, sizeof error) != RD_KAFKA_CONF_OK)
            throw std::runtime_error(error);
    }
    rd_kafka_conf_set_opaque(settings, &all);
    rd_kafka_conf_set_dr_msg_cb(settings, reported);
    auto* made = rd_kafka_new(RD_KAFKA_PRODUCER, settings, error, sizeof error);
    if (made == nullptr)
        throw std::runtime_error(error);
    return {made, rd_kafka_destroy};
}

rd_kafka_headers_t* headers_of(long number)
{
    auto* headers = rd_kafka_headers_new(9);
    const auto id = "bench." + std::to_string(number);
    const std::pair<const char*, std::string> given[] = {
        {"ce_specversion", "1.0"},        {"ce_id", id},
        {"ce_type", "tieline.message.ADT.A01"}, {"ce_source", "/tieline/bench/pas"},
        {"ce_time", "2026-11-24T10:15:30.123Z"}, {"content-type", "application/fhir+json"},
        {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        {"tieline_route", "admissions"},  {"tieline_purpose", "direct-care"}};
    for (const auto& [name, value] : given)
        rd_kafka_header_add(headers, name, -1, value.data(), static_cast<ssize_t>(value.size()));
    return headers;
}

void produce(rd_kafka_t* to, const char* topic, std::string& value, long number)
{
    char key[17];
    std::snprintf(key, sizeof key, "%016lx", static_cast<unsigned long>(number % 5'000) * 0x9E3779B97F4A7C15UL);
    auto* headers = headers_of(number);
    for (;;) {
        const auto error =
            rd_kafka_producev(to, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(key, 16), RD_KAFKA_V_HEADERS(headers),
                              RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                              RD_KAFKA_V_END);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
            return;
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            rd_kafka_headers_destroy(headers);
            throw std::runtime_error(rd_kafka_err2str(error));
        }
        rd_kafka_poll(to, 10);
    }
}

int run(const char* servers, const char* topic, std::string value, double span)
{
    counts all;
    const auto to = make_producer(servers, all);
    produce(to.get(), topic, value, 0);  // the first record waits for the topic's metadata: not counted
    rd_kafka_flush(to.get(), 30'000);
    all.confirmed = 0;
    const auto from = clock_type::now();
    for (long number = 1; clock_type::now() - from < std::chrono::duration<double>(span); number++) {
        produce(to.get(), topic, value, number);
        rd_kafka_poll(to.get(), 0);
    }
    const auto confirmed = all.confirmed;
    const auto took = std::chrono::duration<double>(clock_type::now() - from).count();
    rd_kafka_flush(to.get(), 30'000);
    std::printf("{\"records\": %ld, \"failed\": %ld, \"bytes\": %zu, \"rate\": %.1f}\n", confirmed, all.failed,
                value.size(), static_cast<double>(confirmed) / took);
    return all.failed > 0 || confirmed == 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 5)
        return std::fputs("usage: producer SERVERS TOPIC VALUE_FILE SECONDS\n", stderr), 2;
    std::ifstream file(argv[3], std::ios::binary);
    std::string value(std::istreambuf_iterator<char>(file), {});
    try {
        return run(argv[1], argv[2], std::move(value), std::atof(argv[4]));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "producer: %s\n", error.what());
        return 1;
    }
}
