#include "adapters/hl7v2/primitive.hpp"

#include "adapters/hl7v2/date.hpp"
#include "adapters/hl7v2/text.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tieline::adapters::hl7v2 {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

// JSON knows no plus, no leading zeros and no lone point.
std::string_view to_decimal(std::string_view text, arena& memory)
{
    if (!is_number(text))
        return {};
    const bool negative = text[0] == '-';
    if (negative || text[0] == '+')
        text.remove_prefix(1);
    const auto point = text.find('.');
    auto whole = text.substr(0, point);
    const auto fraction = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
    whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
    if (!negative && !whole.empty() && whole.size() == (point == std::string_view::npos ? text.size() : point) &&
        (point == std::string_view::npos || !fraction.empty()))
        return text;
    std::string made = negative ? "-" : "";
    made += whole.empty() ? "0" : whole;
    if (!fraction.empty())
        made.append(".").append(fraction);
    return memory.copy(made);
}

std::string_view to_integer(std::string_view text, std::int64_t least, arena& memory)
{
    const auto made = to_decimal(text, memory);
    if (made.empty() || made.find('.') != std::string_view::npos || made.size() > 10)
        return {};
    const std::int64_t value = std::stoll(std::string(made));
    return value >= least && value <= 2'147'483'647 && value >= -2'147'483'648LL ? made : std::string_view();
}

std::string_view to_boolean(std::string_view text)
{
    for (const auto yes : {"Y", "y", "true", "T", "1"}) {
        if (text == yes)
            return "true";
    }
    for (const auto no : {"N", "n", "false", "F", "0"}) {
        if (text == no)
            return "false";
    }
    return {};
}

// Code: no blanks in front, behind, or two in a row.
std::string_view to_code(std::string_view text)
{
    char before = ' ';
    for (const char c : text) {
        const bool blank = static_cast<unsigned char>(c) <= ' ';
        if (blank && (before == ' ' || c != ' '))
            return {};
        before = c;
    }
    return text;
}

constexpr auto uri_characters = [] {
    std::array<bool, 256> made{};
    for (std::size_t c = ' ' + 1; c < 0x7f; c++)
        made[c] = std::string_view("\"<>\\^`{|}").find(static_cast<char>(c)) == std::string_view::npos;
    return made;
}();

bool is_uri_character(unsigned char c) { return uri_characters[c]; }

// Whether it is an OID as urn:oid: takes it (RFC 3061).
bool is_oid(std::string_view text)
{
    if (text.size() < 3 || text[0] < '0' || text[0] > '2' || text[1] != '.')
        return false;
    for (text.remove_prefix(2); ; ) {
        const auto arc = text.substr(0, text.find('.'));
        if (arc.empty() || !all_digits(arc) || (arc.size() > 1 && arc[0] == '0'))
            return false;
        if (arc.size() == text.size())
            return true;
        text.remove_prefix(arc.size() + 1);
    }
}

// A UUID in lower case, as RFC 4122 §3 writes it; empty when it is none.
std::string to_uuid(std::string_view text)
{
    std::string made(text);
    for (std::size_t i = 0; i < made.size(); i++) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (made[i] >= 'A' && made[i] <= 'F')
            made[i] = static_cast<char>(made[i] - 'A' + 'a');
        if (dash != (made[i] == '-') || !(dash || is_digit(made[i]) || (made[i] >= 'a' && made[i] <= 'f')))
            return {};
    }
    return made.size() == 36 ? made : std::string();
}

std::string_view to_uri(std::string_view text, arena& memory)
{
    if (text.starts_with("urn:uuid:")) {
        const auto uuid = to_uuid(text.substr(9));
        return uuid.empty() ? to_uri(memory.copy("urn:id:" + std::string(text.substr(9))), memory) : memory.copy("urn:uuid:" + uuid);
    }
    if (text.starts_with("urn:oid:") && !is_oid(text.substr(8)))
        return to_uri(memory.copy("urn:id:" + std::string(text.substr(8))), memory);
    if (std::all_of(text.begin(), text.end(), [](char c) { return is_uri_character(static_cast<unsigned char>(c)); }))
        return text;
    std::string made;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_uri_character(byte))
            made += c;
        else
            made.append("%").append({"0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]});
    }
    return memory.copy(made);
}

std::string_view to_id(std::string_view text)
{
    const auto fits = [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.'; };
    return text.size() <= 64 && std::all_of(text.begin(), text.end(), fits) ? text : std::string_view();
}

std::string_view to_base64(std::string_view text, arena& memory)
{
    std::string made;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) > ' ')
            made += c;
    }
    const auto body = std::string_view(made).substr(0, made.find('='));
    const auto fits = [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '/'; };
    const bool padded = made.size() % 4 == 0 && made.size() - body.size() <= 2;
    return padded && std::all_of(body.begin(), body.end(), fits) ? memory.copy(made) : std::string_view();
}

// A text as a narrative's div.
std::string_view to_xhtml(std::string_view text, arena& memory)
{
    std::string made = "<div xmlns=\"http://www.w3.org/1999/xhtml\">";
    for (const char c : text) {
        switch (c) {
        case '&': made += "&amp;"; break;
        case '<': made += "&lt;"; break;
        case '>': made += "&gt;"; break;
        case '\n': made += "<br/>"; break;
        default: made += c;
        }
    }
    return memory.copy(made + "</div>");
}

}  // namespace

bool is_number(std::string_view text)
{
    if (text.starts_with('-') || text.starts_with('+'))
        text.remove_prefix(1);
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    const auto fraction = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
    return !(whole.empty() && fraction.empty()) && all_digits(whole) && all_digits(fraction) && text.size() <= 40;
}

std::string_view to_primitive(fhir::primitive kind, std::string_view text, const time_zone& zone, arena& memory)
{
    switch (kind) {
    case fhir::primitive::text:
    case fhir::primitive::markdown: return text;
    case fhir::primitive::code: return to_code(text);
    case fhir::primitive::id: return to_id(text);
    case fhir::primitive::uri: return to_uri(text, memory);
    case fhir::primitive::boolean: return to_boolean(text);
    case fhir::primitive::decimal: return to_decimal(text, memory);
    case fhir::primitive::integer: return to_integer(text, -2'147'483'648LL, memory);
    case fhir::primitive::positive: return to_integer(text, 1, memory);
    case fhir::primitive::natural: return to_integer(text, 0, memory);
    case fhir::primitive::date: return to_date(text, memory);
    case fhir::primitive::date_time: return to_date_time(text, zone, memory);
    case fhir::primitive::instant: return to_instant(text, zone, memory);
    case fhir::primitive::time: return to_time(text, memory);
    case fhir::primitive::base64: return to_base64(text, memory);
    case fhir::primitive::xhtml: return to_xhtml(text, memory);
    case fhir::primitive::complex: break;
    }
    return {};
}

}  // namespace tieline::adapters::hl7v2
