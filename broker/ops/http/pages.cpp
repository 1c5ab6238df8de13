#include "broker/ops/http/pages.hpp"

#include "broker/base/embedded.hpp"
#include "broker/ops/metrics.hpp"
#include "broker/ops/queries.hpp"

#include <algorithm>
#include <charconv>

namespace tieline {

std::span<const embedded_file> embedded_ops_page();  // made by the build from page/

}  // namespace tieline

namespace tieline::ops::http {
namespace {

constexpr std::size_t longest_id = 1024;
constexpr auto json_type = "application/json";

answer plain(int status, std::string words) { return {.status = status, .body = std::move(words) + "\n"}; }

std::string_view content_type(std::string_view name)
{
    constexpr std::pair<std::string_view, std::string_view> types[] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
    };
    for (const auto& [ending, type] : types) {
        if (name.ends_with(ending))
            return type;
    }
    return "application/octet-stream";
}

}  // namespace

answer pages::get(const asked& request) const
{
    if (request.method != "GET" && request.method != "HEAD")
        return plain(405, "only GET and HEAD");
    if (whole_ && !is_local(request.host))
        return plain(421, "ask for localhost, 127.0.0.1 or [::1]");
    const std::string_view target = request.target;
    const auto path = target.substr(0, target.find('?'));
    const auto query = path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view();
    if (path == "/healthz")
        return plain(200, "ok");
    if (path == "/readyz")
        return readiness();
    if (path == "/metrics")
        return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics(from_.board, from_.store, *from_.configuration())};
    if (!whole_)
        return plain(404, "beyond loopback there are only /healthz, /readyz and /metrics");
    if (path == "/api/status")
        return {.content_type = json_type, .body = status(from_.board, from_.store, *from_.configuration())};
    if (path == "/api/trace")
        return trace(query);
    return file(path);
}

answer pages::readiness() const
{
    const auto why_not = from_.board.not_ready().get();
    return why_not.empty() ? plain(200, "ready") : plain(503, why_not);
}

answer pages::trace(std::string_view query) const
{
    const auto id = parameter(query, "id");
    if (!id || id->empty() || id->size() > longest_id)
        return plain(400, "expected ?id= and a control id or a Tieline id");
    auto found = traces(from_.store, from_.configuration()->node, *id);
    if (!found)
        return plain(500, "the store can't be read: " + found.error().message());
    return {.content_type = json_type, .body = std::move(*found)};
}

answer pages::file(std::string_view path) const
{
    const auto name = path == "/" ? std::string_view("index.html") : path.substr(std::min<std::size_t>(1, path.size()));
    for (const auto& one : embedded_ops_page()) {
        if (one.name == name)
            return {.content_type = std::string(content_type(name)), .body = std::string(one.content)};
    }
    return plain(404, "there is nothing at this address");
}

std::optional<std::string> parameter(std::string_view query, std::string_view name)
{
    while (!query.empty()) {
        const auto one = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(one.size() + 1, query.size()));
        if (one.size() <= name.size() || !one.starts_with(name) || one[name.size()] != '=')
            continue;
        std::string value;
        for (auto rest = one.substr(name.size() + 1); !rest.empty();) {
            std::size_t taken = 1;
            char character = rest[0] == '+' ? ' ' : rest[0];
            if (rest[0] == '%') {
                unsigned char byte = 0;
                const auto digits = rest.substr(1, 2);
                const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
                if (error != std::errc{} || digits.size() != 2 || end != digits.data() + 2)
                    return std::nullopt;
                character = static_cast<char>(byte);
                taken = 3;
            }
            value += character;
            rest.remove_prefix(taken);
        }
        return value;
    }
    return std::nullopt;
}

bool is_local(std::string_view host)
{
    const auto colon = host.rfind(':');
    const bool has_port = colon != host.npos && host.find(']', colon) == host.npos;
    const auto name = has_port ? host.substr(0, colon) : host;
    const auto port = has_port ? host.substr(colon + 1) : std::string_view("0");
    const bool is_port = !port.empty() && std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
    return is_port && (name == "localhost" || name == "127.0.0.1" || name == "[::1]");
}

}  // namespace tieline::ops::http
