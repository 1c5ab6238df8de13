#include "broker/settings/compare.hpp"

#include <tuple>

namespace tieline::settings {
namespace {

auto all_of(const bus& one) { return std::tie(one.kind, one.servers, one.prefix, one.partitions, one.replication, one.exactly_once,
                                                      one.properties); }

}  // namespace

bool same_way_in(const listener& one, const listener& other)
{
    return one.kind == other.kind && one.from == other.from && one.certificate == other.certificate
        && one.transport.same_as(other.transport, "tls");
}

bool same(const destination& one, const destination& other)
{
    const auto common = [](const destination& of) { return std::tie(of.kind, of.connections, of.set, of.headers, of.retry, of.timeout); };
    return common(one) == common(other) && one.options.same_as(other.options);
}

void check_reloadable(const configuration& running, const configuration& given, model::issues& found)
{
    const auto keep = [&](const char* key, bool same) {
        if (!same)
            found.push_back({.at = given.top.at(key),
                             .diagnostics = std::string(key) + ": can't change while Tieline runs, expected what it was at the start; "
                                                               "restart Tieline to change it"});
    };
    keep("node", running.node == given.node);
    keep("data", running.data == given.data);
    keep("site_key", running.site_key_file == given.site_key_file && running.site_key == given.site_key);
    keep("bus", all_of(running.bus) == all_of(given.bus));
    keep("ops", running.ops == given.ops);
    keep("retention", running.retention.disk_reserve == given.retention.disk_reserve);
}

}  // namespace tieline::settings
