#include "broker/transport/access.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <charconv>

namespace tieline::transport {
namespace {

namespace ip = boost::asio::ip;

// A dual-stack socket shows an IPv4 peer as ::ffff:a.b.c.d; ranges are written in IPv4.
ip::address plain(const ip::address& from)
{
    if (from.is_v6() && from.to_v6().is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, from.to_v6());
    return from;
}

bool equal_prefix(const unsigned char* one, const unsigned char* other, unsigned bits)
{
    const auto whole = bits / 8;
    if (!std::equal(one, one + whole, other))
        return false;
    const unsigned rest = bits % 8;
    return rest == 0 || (one[whole] ^ other[whole]) >> (8 - rest) == 0;
}

std::optional<unsigned> parse_bits(std::string_view text, unsigned most)
{
    unsigned bits = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), bits);
    if (failed != std::errc() || end != text.data() + text.size() || bits > most)
        return std::nullopt;
    return bits;
}

bool equal_name(std::string_view one, std::string_view other)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [lower](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

std::optional<address_filter::range> address_filter::parse(std::string_view text)
{
    const auto slash = text.find('/');
    error_code failed;
    const auto base = ip::make_address(text.substr(0, slash), failed);
    if (failed)
        return std::nullopt;
    const unsigned most = base.is_v4() ? 32 : 128;
    if (slash == std::string_view::npos)
        return range{.base = base, .bits = most};
    const auto bits = parse_bits(text.substr(slash + 1), most);
    if (!bits)
        return std::nullopt;
    return range{.base = base, .bits = *bits};
}

address_filter::address_filter(const std::vector<std::string>& ranges, std::string_view where, model::issues& found)
{
    for (const auto& text : ranges) {
        if (const auto one = parse(text))
            ranges_.push_back(*one);
        else
            found.push_back({.code = "value",
                             .at = std::string(where),
                             .diagnostics = "from: `" + text + "` is no range, expected an address or 10.1.0.0/16"});
    }
}

bool address_filter::range::holds(const ip::address& peer) const
{
    if (peer.is_v4() != base.is_v4())
        return false;
    if (peer.is_v4())
        return equal_prefix(peer.to_v4().to_bytes().data(), base.to_v4().to_bytes().data(), bits);
    return equal_prefix(peer.to_v6().to_bytes().data(), base.to_v6().to_bytes().data(), bits);
}

bool address_filter::allows(const ip::address& peer) const
{
    return ranges_.empty() || std::any_of(ranges_.begin(), ranges_.end(),
                                          [from = plain(peer)](const range& one) { return one.holds(from); });
}

bool certificate_allowed(const std::vector<std::string>& allowed, const std::vector<std::string>& names)
{
    return allowed.empty() || std::any_of(names.begin(), names.end(), [&allowed](const std::string& name) {
               return std::any_of(allowed.begin(), allowed.end(),
                                  [&name](const std::string& one) { return equal_name(one, name); });
           });
}

}  // namespace tieline::transport
