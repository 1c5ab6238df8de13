#include "broker/app/send/target.hpp"

#include <array>
#include <charconv>

namespace tieline::app::send {
namespace {

struct scheme {
    std::string_view prefix{};
    target::protocol what{};
    bool secure = false;
    std::uint16_t port = 0;
};

constexpr std::array<scheme, 4> schemes{{{"mllp://", target::protocol::mllp, false, 0},
                                         {"mllps://", target::protocol::mllp, true, 0},
                                         {"http://", target::protocol::fhir, false, 80},
                                         {"https://", target::protocol::fhir, true, 443}}};

// `host`, `host:1`, `[::1]`, `[::1]:1`; false when it is none of them.
bool read_authority(std::string_view text, target& into)
{
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos)
            return false;
        into.host = text.substr(1, end - 1);
        port = text.substr(end + 1);
    } else {
        const auto colon = text.find(':');
        into.host = text.substr(0, colon);
        port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    }
    if (into.host.empty())
        return false;
    if (port.empty())
        return into.what == target::protocol::fhir;
    const char* end = port.data() + port.size();
    const auto [rest, failed] = std::from_chars(port.data() + 1, end, into.port);
    return port.front() == ':' && failed == std::errc() && rest == end;
}

}  // namespace

std::optional<target> parse_target(std::string_view url)
{
    for (const auto& one : schemes) {
        if (!url.starts_with(one.prefix))
            continue;
        const auto rest = url.substr(one.prefix.size());
        const auto slash = rest.find('/');
        target read{.what = one.what, .secure = one.secure, .port = one.port};
        if (slash != std::string_view::npos)
            read.path = rest.substr(slash);
        while (read.path.ends_with('/'))
            read.path.pop_back();
        const bool fine = read_authority(rest.substr(0, slash), read) && (read.what == target::protocol::fhir || read.path.empty());
        return fine ? std::optional(read) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace tieline::app::send
