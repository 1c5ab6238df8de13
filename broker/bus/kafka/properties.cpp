#include "broker/bus/kafka/properties.hpp"

#include "broker/bus/bus.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tieline::bus::kafka {
namespace {

// Nothing lost, nothing twice, one key on one partition: not for a configuration to change. Each with its other name.
constexpr std::array<std::string_view, 12> ours = {
    "enable.idempotence", "acks",             "request.required.acks", "delivery.timeout.ms",
    "message.timeout.ms", "partitioner",      "transactional.id",      "bootstrap.servers",
    "metadata.broker.list", "message.max.bytes", "enable.gapless.guarantee", "isolation.level"};

std::string joined(const std::vector<std::string>& servers)
{
    std::string text;
    for (const auto& server : servers)
        text += (text.empty() ? "" : ",") + server;
    return text;
}

}  // namespace

properties properties_of(const settings::bus& given, const std::string& node, model::issues& found)
{
    if (given.servers.empty())
        found.push_back({.code = "required", .at = "bus.servers", .diagnostics = "expected at least one host:port"});
    // A record carries its key and headers too, hence the room above the largest value.
    properties made = {{"bootstrap.servers", joined(given.servers)},
                       {"client.id", "tieline-" + node},
                       {"enable.idempotence", "true"},
                       {"acks", "all"},
                       {"partitioner", "murmur2_random"},
                       {"message.max.bytes", std::to_string(most_record_bytes + (64U << 10))},
                       {"compression.codec", "lz4"},
                       {"linger.ms", "5"},
                       {"socket.nagle.disable", "true"},
                       {"socket.keepalive.enable", "true"},
                       {"reconnect.backoff.max.ms", "2000"},
                       // A broker that hangs is given up in time for another to take over.
                       {"socket.timeout.ms", "15000"},
                       {"request.timeout.ms", "15000"},
                       // Above what the window lets out at once, so that librdkafka's queue is never full.
                       {"queue.buffering.max.messages", "1000000"},
                       {"queue.buffering.max.kbytes", "1048576"}};
    if (given.exactly_once) {
        made.emplace_back("transactional.id", given.prefix + node);  // records wait as long as the transaction may
    } else {
        made.emplace_back("enable.gapless.guarantee", "true");  // a record that fails stops those behind it
        made.emplace_back("delivery.timeout.ms", "0");
    }
    for (const auto& [name, value] : given.properties) {
        if (std::find(ours.begin(), ours.end(), name) != ours.end())
            found.push_back(
                {.code = "value", .at = "bus.properties." + name, .diagnostics = "Tieline sets " + name + " itself"});
        else
            made.emplace_back(name, value);
    }
    return made;
}

properties reader_properties(const settings::bus& given, const std::string& node)
{
    properties made = {{"bootstrap.servers", joined(given.servers)}, {"client.id", "tieline-" + node + "-reader"}};
    made.insert(made.end(), given.properties.begin(), given.properties.end());
    return made;
}

}  // namespace tieline::bus::kafka
