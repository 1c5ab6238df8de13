#include "broker/bus/kafka/reader.hpp"

#include "broker/bus/kafka/owned.hpp"

namespace tieline::bus::kafka {
namespace {

using namespace std::chrono_literals;

std::string text(const void* bytes, std::size_t size)
{
    return bytes ? std::string(static_cast<const char*>(bytes), size) : std::string();
}

// Until the record at `last` has come: transactions that were open when the reading began are waited for.
said<std::vector<note>> read(rd_kafka_topic_t* from, std::int64_t last, std::chrono::milliseconds limit,
                             const std::function<bool()>& stopping)
{
    std::vector<note> notes;
    std::string why = "the topic could not be read to its end in time";
    for (const auto until = std::chrono::steady_clock::now() + limit; !stopping() && std::chrono::steady_clock::now() < until;) {
        const message one(rd_kafka_consume(from, 0, 100));
        if (!one)
            continue;
        if (one->err) {
            why = rd_kafka_message_errstr(one.get());
            continue;
        }
        notes.push_back({text(one->key, one->key_len), text(one->payload, one->len)});
        if (one->offset >= last)
            return notes;
    }
    return why;
}

}  // namespace

said<std::vector<note>> read_notes(const properties& given, const std::string& name, std::int64_t last,
                                   std::chrono::milliseconds limit, const std::function<bool()>& stopping)
{
    auto wanted = given;
    wanted.insert(wanted.end(), {{"isolation.level", "read_committed"}, {"auto.offset.reset", "error"}, {"fetch.wait.max.ms", "50"}});
    model::issues unused;  // properties of producers are none of a consumer's
    std::string why;
    auto* client = rdkafka::open(rdkafka::kind::consumer, rdkafka::make_conf(wanted, "", unused, true), why);
    if (!client)
        return why;
    said<std::vector<note>> made = std::string("the topic can't be read");
    {
        const topic from(rd_kafka_topic_new(client, name.c_str(), nullptr));
        if (from && rd_kafka_consume_start(from.get(), 0, RD_KAFKA_OFFSET_BEGINNING) == 0) {
            made = read(from.get(), last, limit, stopping);
            rd_kafka_consume_stop(from.get(), 0);
        }
    }
    rdkafka::close(client, 2s);
    return made;
}

}  // namespace tieline::bus::kafka
