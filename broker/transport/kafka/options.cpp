#include "broker/transport/kafka/options.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tieline::transport::kafka {
namespace {

// Each record once: not for a configuration to change.
constexpr std::array<std::string_view, 8> ours = {"bootstrap.servers", "metadata.broker.list", "group.id", "enable.auto.commit",
                                                  "enable.auto.offset.store", "auto.offset.reset", "isolation.level",
                                                  "enable.partition.eof"};

std::string joined(const std::vector<std::string>& servers)
{
    std::string text;
    for (const auto& server : servers)
        text += (text.empty() ? "" : ",") + server;
    return text;
}

rdkafka::properties base_properties(const options& given, const std::string& group)
{
    return {{"bootstrap.servers", given.servers},
            {"client.id", "tieline-" + given.from.name},
            {"group.id", group},
            {"enable.auto.commit", "false"},
            {"enable.auto.offset.store", "false"},
            {"auto.offset.reset", "error"},  // a place that is not there any more is told, not jumped over
            {"isolation.level", "read_committed"},
            {"fetch.wait.max.ms", "100"},
            {"fetch.max.bytes", "8388608"},  // a larger record comes alone
            {"queued.max.messages.kbytes", "16384"},
            {"socket.keepalive.enable", "true"},
            {"reconnect.backoff.max.ms", "2000"}};
}

}  // namespace

std::optional<options> read_options(settings::listener from, model::issues& found)
{
    settings::section keys = from.transport;
    options read;
    const auto servers = keys.list("servers");
    if (servers.empty())
        keys.fault("servers", "expected at least one host:port");
    read.servers = joined(servers);
    read.topic = keys.required("topic", "the topic that is read");
    const auto group = keys.required("group", "a consumer group of this Tieline's alone: its offsets say how far it has read");
    read.max_record = keys.size("max_record", read.max_record, 1U << 10, 64U << 20);
    const auto properties = keys.pairs("properties");
    if (!from.from.empty() || !from.certificate.empty())
        keys.fault({}, "`from` and `certificate` tell who may connect, which nobody does to a reader of Kafka; its access lists do that");
    if (from.ack_processed)
        keys.fault({}, "`ack` says when a sender is answered, which no producer on Kafka waits for");
    read.from = std::move(from);
    read.properties = base_properties(read, group);
    for (const auto& [name, value] : properties) {
        if (std::find(ours.begin(), ours.end(), name) != ours.end())
            keys.fault("properties", "Tieline sets " + name + " itself");
        else
            read.properties.emplace_back(name, value);
    }
    model::issues refused;
    (void)rdkafka::make_conf(read.properties, "properties", refused);
    for (const auto& one : refused)
        keys.fault("properties", one.diagnostics);
    if (!keys.finish(found))
        return std::nullopt;
    return read;
}

}  // namespace tieline::transport::kafka
