#include "broker/transport/http/client.hpp"

#include <algorithm>
#include <charconv>

namespace tieline::transport::http {
namespace {

bool is_plain(char c) { return c > ' ' && c < 0x7f; }

// `host`, `host:port`, `[v6]`, `[v6]:port`.
bool read_authority(std::string_view text, url& into)
{
    const auto bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == std::string_view::npos)
        return false;
    const auto colon = text.find(':', bracket);
    into.host = std::string(text.substr(0, colon));
    if (into.host.starts_with('['))
        into.host = into.host.substr(1, into.host.size() - 2);
    if (colon == std::string_view::npos)
        return !into.host.empty();
    const auto digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), into.port);
    return error == std::errc{} && end == digits.data() + digits.size() && into.port != 0 && !into.host.empty();
}

}  // namespace

std::optional<url> parse_url(std::string_view text)
{
    url read;
    if (text.starts_with("https://")) {
        read.secure = true;
        read.port = 443;
    } else if (!text.starts_with("http://")) {
        return std::nullopt;
    }
    text.remove_prefix(read.secure ? 8 : 7);
    if (text.find_first_of("?#@\\") != std::string_view::npos || !std::all_of(text.begin(), text.end(), is_plain))
        return std::nullopt;
    const auto slash = text.find('/');
    if (!read_authority(text.substr(0, slash), read))
        return std::nullopt;
    if (slash != std::string_view::npos)
        read.path = std::string(text.substr(slash));
    while (read.path.ends_with('/'))
        read.path.pop_back();
    return read;
}

}  // namespace tieline::transport::http
