#include "schemas/syntax/scan.hpp"

#include <charconv>

namespace tieline::schemas::syntax {
namespace {

constexpr std::string_view lone_surrogate = "a \\u escape that is half a surrogate pair";

// The code unit of `\uXXXX` at the position; none when there is no such escape there.
std::optional<unsigned> code_unit(std::string_view text, std::size_t at)
{
    if (text.substr(at, 2) != "\\u" || text.size() < at + 6)
        return std::nullopt;
    unsigned unit = 0;
    const auto* digits = text.data() + at + 2;
    const auto [end, error] = std::from_chars(digits, digits + 4, unit, 16);
    return error == std::errc{} && end == digits + 4 ? std::optional(unit) : std::nullopt;
}

bool is_high(unsigned unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low(unsigned unit) { return unit >= 0xdc00 && unit < 0xe000; }

// Goes over a text from behind its opening quote to behind its closing one, or to the end.
std::optional<scan_fault> scan_text(std::string_view text, std::size_t& at)
{
    while (at < text.size() && text[at] != '"') {
        if (text[at] != '\\') {
            at++;
            continue;
        }
        const auto unit = code_unit(text, at);
        if (!unit) {
            at += 2;
        } else if (is_high(*unit)) {
            const auto second = code_unit(text, at + 6);
            if (!second || !is_low(*second))
                return scan_fault{at, lone_surrogate};
            at += 12;
        } else if (is_low(*unit)) {
            return scan_fault{at, lone_surrogate};
        } else {
            at += 6;
        }
    }
    at++;
    return std::nullopt;
}

// What stands before each value or name but the first.
bool separates(char c) { return c == ',' || c == ':' || c == '{' || c == '['; }

}  // namespace

std::optional<scan_fault> scan(std::string_view text, std::size_t depth, std::size_t values)
{
    std::size_t open = 0;
    std::size_t begun = 1;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at++];
        if (separates(c) && ++begun > values)
            return scan_fault{at - 1, "more values than are read"};
        if (c == '"') {
            if (const auto found = scan_text(text, at))
                return found;
        } else if (c == '{' || c == '[') {
            if (++open > depth)
                return scan_fault{at - 1, "nested too deeply"};
        } else if ((c == '}' || c == ']') && open > 0) {
            open--;
        } else if (c == '\0') {
            return scan_fault{at - 1, "a NUL byte"};
        }
    }
    return std::nullopt;
}

}  // namespace tieline::schemas::syntax
