#include "broker/ops/json.hpp"

namespace tieline::ops {
namespace {

// The length of the well-formed sequence at the front (Unicode 15, table 3-7); 0 when there is none.
std::size_t sequence_at(std::string_view rest)
{
    const auto byte = [&rest](std::size_t at) { return static_cast<unsigned char>(rest[at]); };
    const auto lead = byte(0);
    if (lead < 0x80)
        return 1;
    const std::size_t length = lead >= 0xC2 && lead < 0xE0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
    if (length == 0 || rest.size() < length)
        return 0;
    for (std::size_t at = 1; at < length; at++) {
        if ((byte(at) & 0xC0) != 0x80)
            return 0;
    }
    const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
    const bool no_scalar = (lead == 0xED && byte(1) > 0x9F) || (lead == 0xF4 && byte(1) > 0x8F);
    return overlong || no_scalar ? 0 : length;
}

}  // namespace

std::string as_utf8(std::string_view text)
{
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        const auto length = sequence_at(text);
        clean += length > 0 ? text.substr(0, length) : std::string_view("\xEF\xBF\xBD");
        text.remove_prefix(length > 0 ? length : 1);
    }
    return clean;
}

}  // namespace tieline::ops
