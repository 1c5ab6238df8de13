#include "broker/deliver/mllp/rewrite.hpp"

#include "broker/deliver/mllp/segment.hpp"

#include <algorithm>
#include <charconv>

namespace tieline::deliver::mllp {
namespace {

constexpr std::size_t first_field = 3;
constexpr std::size_t last_field = 25;

// The number of a field that may be set; 0 for any other name.
std::size_t field_number(std::string_view name)
{
    std::size_t number = 0;
    if (!name.starts_with("MSH-"))
        return 0;
    const auto [end, error] = std::from_chars(name.data() + 4, name.data() + name.size(), number);
    const bool whole = error == std::errc() && end == name.data() + name.size();
    return whole && number >= first_field && number <= last_field && number != 7 && number != 10 ? number : 0;
}

bool is_plain(std::string_view value)
{
    return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7f && c != '|'; });
}

// The value, written with `|^~\&`, in the message's own encoding characters (escapes: HL7 v2.5.1 §2.7.1).
std::string encode(std::string_view value, const separators& by)
{
    const std::pair<char, char> usual[] = {{'^', by.component}, {'~', by.repetition}, {'\\', by.escape}, {'&', by.subcomponent}};
    const std::pair<char, char> escapes[] = {
        {by.field, 'F'}, {by.component, 'S'}, {by.repetition, 'R'}, {by.escape, 'E'}, {by.subcomponent, 'T'}};
    std::string text;
    for (const char c : value) {
        const auto meant = std::find_if(std::begin(usual), std::end(usual), [c](const auto& one) { return one.first == c; });
        const auto clash = std::find_if(std::begin(escapes), std::end(escapes), [c](const auto& one) { return one.first == c; });
        if (meant != std::end(usual))
            text += meant->second;
        else if (clash != std::end(escapes))
            text += {by.escape, clash->second, by.escape};
        else
            text += c;
    }
    return text;
}

}  // namespace

rewrite::rewrite(const settings::destination& from, model::issues& found)
{
    for (const auto& [name, value] : from.set) {
        const auto number = field_number(name);
        if (number == 0)
            found.push_back({.at = from.at, .diagnostics = "destination " + from.name + ": `set` has \"" + name +
                                                           "\", expected MSH-3 to MSH-25 without MSH-7 and MSH-10"});
        else if (!is_plain(value))
            found.push_back({.at = from.at, .diagnostics = "destination " + from.name + ": `set` of " + name +
                                                           " expects printable ASCII without |"});
        else
            fields_[number] = value;
    }
}

std::string rewrite::apply(std::string message) const
{
    const auto by = read_separators(message);
    if (!by || fields_.empty())
        return message;
    std::string_view rest = message;
    const auto header = next_segment(rest);
    // MSH-1 is the separator itself, so that part n - 1 is MSH-n.
    const auto parts = static_cast<std::size_t>(std::count(header.begin(), header.end(), by->field)) + 1;
    const auto count = std::max(parts, fields_.rbegin()->first);
    std::string changed;
    for (std::size_t index = 0; index < count; index++) {
        if (index > 0)
            changed += by->field;
        const auto given = fields_.find(index + 1);
        changed += given == fields_.end() ? std::string(part(header, by->field, index)) : encode(given->second, *by);
    }
    changed += rest;
    return changed;
}

}  // namespace tieline::deliver::mllp
