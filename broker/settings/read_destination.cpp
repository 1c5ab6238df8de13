#include "broker/settings/parts.hpp"

namespace tieline::settings {
namespace {

retry read_retry(section from)
{
    retry made;
    made.first = positive(from, "first", made.first);
    made.most = positive(from, "most", made.most);
    if (made.most < made.first)
        from.fault("most", "most: expected a span not below \"first\"");
    if (from.text("hold_after", "never") != "never")
        made.hold_after = static_cast<std::uint32_t>(from.integer("hold_after", 1, 1, 1'000'000));
    return made;
}

}  // namespace

destination read_destination(const std::string& name, section from)
{
    destination made;
    made.name = name;
    made.at = from.at();
    check_name(from, {}, name);
    made.connections = static_cast<std::uint32_t>(from.integer("connections", made.connections, 1, 256));
    made.set = from.pairs("set");
    made.headers = from.pairs("headers");
    made.retry = read_retry(from.child("retry"));
    made.timeout = positive(from, "timeout", made.timeout);
    made.kind = take_kind(from, "way out", "mllp: {host: lab, port: 2600}");
    if (!made.kind.empty())
        made.options = from.apart(made.kind);
    return made;
}

}  // namespace tieline::settings
