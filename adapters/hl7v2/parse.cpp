#include "adapters/hl7v2/parse.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string>

namespace tieline::adapters::hl7v2 {
namespace {

bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_segment_name(std::string_view name)
{
    return name.size() == 3 && is_letter(name[0]) && (is_letter(name[1]) || is_digit(name[1])) &&
           (is_letter(name[2]) || is_digit(name[2]));
}

// A segment's name as a number below 36^3.
std::uint32_t name_code(std::string_view name)
{
    std::uint32_t code = 0;
    for (const char c : name)
        code = code * 36 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : c - 'A' + 10);
    return code;
}

bool can_separate(char c) { return std::ispunct(static_cast<unsigned char>(c)) != 0; }

bool refuse(model::issues& found, std::string code, std::string at, std::string why, int v2_code = 207)
{
    found.push_back({.code = std::move(code), .v2_code = v2_code, .at = std::move(at), .diagnostics = std::move(why)});
    return false;
}

// One look at a whole line, without branches, so that compilers take many bytes at once.
std::uint8_t contents_of(std::string_view line, const separators& marks)
{
    unsigned char component = 0, repetition = 0, subcomponent = 0, escape = 0;
    for (const char c : line) {
        component |= c == marks.component;
        repetition |= c == marks.repetition;
        subcomponent |= c == marks.subcomponent;
        escape |= (c == marks.escape) | (static_cast<unsigned char>(c) < 0x20) | (c == 0x7f);
    }
    return static_cast<std::uint8_t>(component * contents::components | repetition * contents::repetitions |
                                     subcomponent * contents::subcomponents | escape * contents::escapes);
}

// Where a line ends and the next begins.
std::pair<std::string_view, std::string_view> take_line(std::string_view rest, char end)
{
    const auto* at = static_cast<const char*>(std::memchr(rest.data(), end, rest.size()));
    if (!at)
        return {rest, {}};
    const auto size = static_cast<std::size_t>(at - rest.data());
    auto after = rest.substr(size + 1);
    if (end == '\r' && after.starts_with('\n'))
        after.remove_prefix(1);
    return {rest.substr(0, size), after};
}

}  // namespace

std::string_view without_preamble(std::string_view bytes)
{
    if (bytes.starts_with("\xEF\xBB\xBF"))
        bytes.remove_prefix(3);
    const auto start = bytes.find_first_not_of("\r\n \t");
    return start == std::string_view::npos ? std::string_view() : bytes.substr(start);
}

bool read_separators(std::string_view bytes, separators& into, model::issues& found)
{
    if (!bytes.starts_with("MSH"))
        return refuse(found, "structure", "MSH", "the message does not start with an MSH segment", 100);
    if (bytes.size() < 8 || !can_separate(bytes[3]))
        return refuse(found, "structure", "MSH-1", "expected a field separator, for instance |, after MSH", 100);
    separators marks{.field = bytes[3], .component = 0, .repetition = 0, .escape = 0, .subcomponent = 0};
    const auto encoding = bytes.substr(4, std::min(bytes.find(marks.field, 4), bytes.find_first_of("\r\n", 4)) - 4);
    if (encoding.empty() || encoding.size() > 9)
        return refuse(found, "structure", "MSH-2", "expected the encoding characters, for instance ^~\\&", 101);
    char* const places[] = {&marks.component, &marks.repetition, &marks.escape, &marks.subcomponent, &marks.truncation};
    std::size_t next = 0;
    for (std::size_t i = 0; i < encoding.size() && next < std::size(places); i++) {
        if (!can_separate(encoding[i]))
            return refuse(found, "structure", "MSH-2", "expected encoding characters that are punctuation", 102);
        if (encoding.find(encoding[i]) == i)
            *places[next++] = encoding[i];
        else if (i == 0 || encoding.find(encoding[i - 1]) == i - 1)  // once for a row of them
            found.push_back({.level = model::severity::warning, .code = "structure", .v2_code = 102, .at = "MSH-2",
                             .diagnostics = "an encoding character stands there twice, the second one is not counted"});
    }
    into = marks;
    return true;
}

std::string_view part_of(std::string_view text, char separator, unsigned nth)
{
    if (!separator)
        return nth == 1 ? text : std::string_view();
    // Fields are short: a loop is quicker than a call for each part.
    std::size_t start = 0, at = 0;
    for (; at < text.size(); at++) {
        if (text[at] != separator)
            continue;
        if (nth == 1)
            break;
        nth--;
        start = at + 1;
    }
    return nth == 1 ? text.substr(start, at - start) : std::string_view();
}

unsigned count_parts(std::string_view text, char separator)
{
    if (text.empty())
        return 0;
    return separator ? static_cast<unsigned>(std::count(text.begin(), text.end(), separator)) + 1 : 1;
}

bool message::read(std::string_view bytes, model::issues& found, const parse_limits& limits)
{
    counts_.resize(36 * 36 * 36);
    for (const auto code : counted_)
        counts_[code] = 0;
    counted_.clear();
    segments_.clear();
    fields_.clear();
    strange_lines_ = 0;
    if (bytes.size() > limits.bytes)
        return refuse(found, "too-long", "", "the message is longer than " + std::to_string(limits.bytes) + " bytes");
    bytes_ = without_preamble(bytes);
    if (!read_separators(bytes_, marks_, found))
        return false;
    const char end = bytes_.find('\r') == std::string_view::npos ? '\n' : '\r';
    std::size_t number = 0;
    for (auto rest = bytes_; !rest.empty();) {
        const auto [line, after] = take_line(rest, end);
        number++;
        if (!line.empty() && !add_line(line, number, found, limits))
            return false;
        rest = after;
    }
    return true;
}

bool message::add_line(std::string_view line, std::size_t number, model::issues& found, const parse_limits& limits)
{
    const auto name = line.substr(0, 3);
    if (!is_segment_name(name) || (line.size() > 3 && line[3] != marks_.field)) {
        if (line.find_first_not_of(" \t\n") != std::string_view::npos && strange_lines_++ < 10)
            found.push_back({.level = model::severity::warning, .code = "structure", .v2_code = 100,
                             .at = "line " + std::to_string(number), .diagnostics = "this line is no segment, it is left out"});
        return true;
    }
    if (name == "MSH" && !segments_.empty())
        return refuse(found, "structure", "MSH[2]", "a second message begins here, expected one message at a time", 100);
    if (segments_.size() == limits.segments)
        return refuse(found, "too-costly", "", "the message has more than " + std::to_string(limits.segments) + " segments");
    const auto code = name_code(name);
    if (counts_[code]++ == 0)
        counted_.push_back(code);
    segments_.push_back({.name = name, .first = static_cast<std::uint32_t>(fields_.size()), .occurrence = counts_[code]});
    add_fields(line, segments_.back());
    segments_.back().fields = static_cast<std::uint32_t>(fields_.size()) - segments_.back().first;
    if (fields_.size() > limits.fields)
        return refuse(found, "too-costly", "", "the message has more than " + std::to_string(limits.fields) + " fields");
    return true;
}

void message::add_fields(std::string_view line, segment& of)
{
    const bool is_header = of.name == "MSH";
    if (is_header)
        fields_.push_back(line.substr(3, 1));
    if (line.size() <= 4)
        return;
    const char* at = line.data() + 4;
    const char* const end = line.data() + line.size();
    for (;;) {
        const auto* next = at;  // most fields are empty
        if (at == end || *at != marks_.field)
            next = static_cast<const char*>(std::memchr(at, marks_.field, static_cast<std::size_t>(end - at)));
        fields_.emplace_back(at, static_cast<std::size_t>((next ? next : end) - at));
        if (!next)
            break;
        at = next + 1;
    }
    const auto encoding = is_header ? fields_[of.first + 1].size() : 0;
    of.has = contents_of(line.substr(4 + encoding), marks_);
}

}  // namespace tieline::adapters::hl7v2
