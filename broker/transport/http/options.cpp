#include "broker/transport/http/options.hpp"

namespace tieline::transport::http {

using namespace std::chrono_literals;

std::optional<options> read_options(settings::listener from, model::issues& found)
{
    settings::section keys = from.transport;  // shares its state with the one that the options keep for reloads
    model::issues ranges;
    options read{tcp::read_options(std::move(from), 8080, 1024, ranges)};
    read.base = keys.text("base", "/fhir");
    while (read.base.ends_with('/'))
        read.base.pop_back();
    if (!read.base.empty() && !read.base.starts_with('/'))
        keys.fault("base", "is no path, expected for instance /fhir");
    read.max_body = keys.size("max_body", 16U << 20, 1U << 10, 64U << 20);
    read.header_time = keys.duration("header_time", 10s).value_or(10s);
    read.body_time = keys.duration("body_time", 60s).value_or(60s);
    read.idle_close = keys.duration("idle_close", 60s).value_or(24h);
    if (const auto token = keys.secret("token"); !token.empty())
        read.token = sha256(token);
    read.token_name = keys.text("token_name", "token");
    found.insert(found.end(), ranges.begin(), ranges.end());
    if (!keys.finish(found) || !ranges.empty())
        return std::nullopt;
    return read;
}

}  // namespace tieline::transport::http
