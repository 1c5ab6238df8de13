#include "adapters/hl7v2/pieces.hpp"

#include "adapters/hl7v2/primitive.hpp"
#include "adapters/hl7v2/text.hpp"
#include "broker/base/digest.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace tieline::adapters::hl7v2 {
namespace {

int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void add_points(std::string_view repetition, unsigned width, const separators& marks, std::string& to)
{
    for (unsigned i = 1; i <= width; i++) {
        const auto number = trim(part_of(repetition, marks.component, i));
        to += to.empty() ? "" : " ";
        to += is_number(number) ? number : "E";
    }
}

}  // namespace

std::string times(std::string_view number, unsigned factor)
{
    if (!is_number(number))
        return {};
    const double made = std::strtod(std::string(number).c_str(), nullptr) * factor;
    return std::abs(made) < 1e9 ? std::to_string(std::lround(made)) : std::string();
}

std::string base64_of_hex(std::string_view digits)
{
    std::string bytes;
    int high = -1;
    for (const char c : digits) {
        const int value = hex_value(c);
        if (value < 0 && static_cast<unsigned char>(c) > ' ')
            return {};
        if (value < 0)
            continue;
        if (high >= 0)
            bytes += static_cast<char>(high << 4 | value);
        high = high >= 0 ? -1 : value;
    }
    return high < 0 ? base64(bytes) : std::string();
}

unsigned sampled_width(std::string_view field, const separators& marks)
{
    const unsigned count = count_parts(field, marks.repetition);
    unsigned width = 1;
    for (unsigned i = 1; count > 1 && i <= count; i++)
        width = std::max(width, count_parts(part_of(field, marks.repetition, i), marks.component));
    return width;
}

std::string sampled_points(std::string_view field, const separators& marks)
{
    const unsigned count = count_parts(field, marks.repetition);
    const unsigned width = count > 1 ? sampled_width(field, marks) : count_parts(field, marks.component);
    std::string made;
    auto rest = field;
    for (unsigned i = 0; i < count; i++) {
        const auto end = marks.repetition ? rest.find(marks.repetition) : std::string_view::npos;
        add_points(rest.substr(0, end), width, marks, made);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return made;
}

}  // namespace tieline::adapters::hl7v2
