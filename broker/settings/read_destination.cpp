#include "broker/settings/parts.hpp"

#include <algorithm>
#include <string_view>

namespace tieline::settings {
namespace {

/// RFC 9110 §5.6.2, for the names of headers.
bool is_token(std::string_view name)
{
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char each) {
        return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9')
            || std::string_view("!#$%&'*+-.^_`|~").find(each) != std::string_view::npos;
    });
}

retry read_retry(section from)
{
    retry made;
    made.first = positive(from, "first", made.first);
    made.most = positive(from, "most", made.most);
    if (made.most < made.first)
        from.fault("most", "expected a span not below \"first\"");
    if (const auto tries = from.integer_or_never("hold_after", {}, 1, 1'000'000))
        made.hold_after = static_cast<std::uint32_t>(*tries);
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
    if (!std::all_of(made.headers.begin(), made.headers.end(), [](const auto& one) { return is_token(one.first); }))
        from.fault("headers", "expected names of HTTP headers: letters, digits and -");
    made.retry = read_retry(from.child("retry"));
    made.timeout = positive(from, "timeout", made.timeout);
    made.kind = take_kind(from, "way out", "mllp: {host: lab, port: 2600}");
    if (!made.kind.empty())
        made.options = from.apart(made.kind);
    return made;
}

}  // namespace tieline::settings
