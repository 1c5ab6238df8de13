#include "adapters/hl7v2/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace tieline::adapters::hl7v2 {
namespace {

bool is_forbidden(unsigned char c) { return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f; }

bool needs_work(std::string_view text, char escape)
{
    for (const char c : text) {
        if ((escape && c == escape) || is_forbidden(static_cast<unsigned char>(c)))
            return true;
    }
    return false;
}

int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_hex(std::string_view text) { return std::all_of(text.begin(), text.end(), [](char c) { return digit_of(c) >= 0; }); }

constexpr std::size_t most_blanks = 80;  // that one command asks for

// What one escape means. `known` is false when nobody knows it.
class escape_reader {
public:
    escape_reader(const separators& marks, std::string& out) : marks_(marks), out_(out) {}

    bool read(std::string_view code)
    {
        if (code.size() == 1)
            return letter(code[0]);
        if (code.size() >= 3 && code[0] == 'X' && code.size() % 2 == 1)
            return bytes(code.substr(1));
        if (code.size() >= 3 && code[0] == '.')
            return formatting(code.substr(1));
        // Changes of the character set (§2.7.2) say nothing in one UTF-8 text. What \Z..\ means (§2.7.7) only the site knows: it stays.
        return (code[0] == 'C' && code.size() == 5 && is_hex(code.substr(1))) ||
               (code[0] == 'M' && (code.size() == 5 || code.size() == 7) && is_hex(code.substr(1)));
    }

private:
    bool letter(char c)
    {
        switch (c) {
        case 'F': out_ += marks_.field; return true;
        case 'S': add(marks_.component); return true;
        case 'T': add(marks_.subcomponent); return true;
        case 'R': add(marks_.repetition); return true;
        case 'E': add(marks_.escape); return true;
        case 'P': add(marks_.truncation); return marks_.truncation != 0;
        case 'H':
        case 'N': return true;
        default: return false;
        }
    }

    void add(char c)
    {
        if (c)
            out_ += c;
    }

    bool bytes(std::string_view digits)
    {
        std::string raw;
        for (std::size_t i = 0; i < digits.size(); i += 2) {
            const int high = digit_of(digits[i]), low = digit_of(digits[i + 1]);
            if (high < 0 || low < 0)
                return false;
            raw += static_cast<char>(high * 16 + low);
        }
        std::erase_if(raw, [](char c) { return is_forbidden(static_cast<unsigned char>(c)); });
        if (is_utf8(raw))
            out_ += raw;
        else
            append_windows_1252(raw, out_);
        return true;
    }

    // Formatting commands, HL7 v2.5.1 §2.7.6: `br`, `sp3`, `sk+2`, `in-4`, ...
    bool formatting(std::string_view command)
    {
        const char name[] = {static_cast<char>(command[0] | 0x20), static_cast<char>(command[1] | 0x20), '\0'};
        const std::string_view what(name);
        auto digits = command.substr(2);
        if (digits.starts_with('+') || digits.starts_with('-'))
            digits.remove_prefix(1);
        std::size_t count = digits.empty() ? 1 : 0;
        for (const char c : digits) {
            if (c < '0' || c > '9')
                return false;
            count = std::min<std::size_t>(count * 10 + static_cast<std::size_t>(c - '0'), most_blanks);
        }
        if (what == "br" || what == "ce")
            out_ += '\n';
        else if (what == "sp")
            out_.append(count, '\n');
        else if (what == "sk")
            out_.append(count, ' ');
        else
            return what == "in" || what == "ti" || what == "fi" || what == "nf";
        return true;
    }

    const separators& marks_;
    std::string& out_;
};

// The size of the UTF-8 sequence at the front of a text; 0 when there is none.
std::size_t sequence_size(const unsigned char* at, std::size_t left)
{
    const unsigned char lead = at[0];
    if (lead < 0x80)
        return 1;
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || left < size)
        return 0;
    for (std::size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    const bool overlong = (lead == 0xe0 && at[1] < 0xa0) || (lead == 0xf0 && at[1] < 0x90);
    const bool beyond = (lead == 0xed && at[1] > 0x9f) || (lead == 0xf4 && at[1] > 0x8f);
    return overlong || beyond ? 0 : size;
}

// 0x80 to 0x9f of windows-1252 (the Encoding Standard's index).
constexpr std::array<std::uint16_t, 32> windows_1252 = {
    0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
    0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};

}  // namespace

std::string_view unescape(std::string_view text, const separators& marks, arena& memory)
{
    if (!needs_work(text, marks.escape))
        return text;
    thread_local std::string out;
    out.clear();
    escape_reader reader(marks, out);
    while (!text.empty()) {
        const auto code = text[0] == marks.escape && marks.escape ? text.substr(1, text.find(marks.escape, 1) - 1) : std::string_view();
        if (!code.empty() && code.size() + 1 < text.size() && reader.read(code)) {
            text.remove_prefix(code.size() + 2);
            continue;
        }
        if (!is_forbidden(static_cast<unsigned char>(text[0])))
            out += text[0];
        text.remove_prefix(1);
    }
    return memory.copy(out);
}

int compare_in_any_case(std::string_view left, std::string_view right)
{
    const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
    const auto size = std::min(left.size(), right.size());
    for (std::size_t i = 0; i < size; i++) {
        if (const int order = small(left[i]) - small(right[i]))
            return order;
    }
    return left.size() == right.size() ? 0 : left.size() < right.size() ? -1 : 1;
}

bool is_like(std::string_view text, std::string_view pattern)
{
    const bool anything_follows = pattern.ends_with('*');
    if (anything_follows)
        pattern.remove_suffix(1);
    for (const char wanted : pattern) {
        const auto size = wanted == '#' ? std::min(text.find_first_not_of("0123456789"), text.size()) : std::size_t(text.starts_with(wanted));
        if (size == 0)
            return false;
        text.remove_prefix(size);
    }
    return anything_follows || text.empty();
}

bool is_ascii(std::string_view text)
{
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + i, 8);
        if (word & 0x8080808080808080ULL)
            return false;
    }
    for (; i < text.size(); i++) {
        if (static_cast<unsigned char>(text[i]) >= 0x80)
            return false;
    }
    return true;
}

bool is_utf8(std::string_view text)
{
    if (is_ascii(text))
        return true;
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    for (std::size_t left = text.size(); left;) {
        const auto size = sequence_size(at, left);
        if (!size)
            return false;
        at += size;
        left -= size;
    }
    return true;
}

void append_windows_1252(std::string_view bytes, std::string& to)
{
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        const std::uint32_t point = byte >= 0x80 && byte < 0xa0 ? windows_1252[byte - 0x80U] : byte;
        if (point < 0x80) {
            to += static_cast<char>(point);
        } else if (point < 0x800) {
            to += static_cast<char>(0xc0 | (point >> 6));
            to += static_cast<char>(0x80 | (point & 0x3f));
        } else {
            to += static_cast<char>(0xe0 | (point >> 12));
            to += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
            to += static_cast<char>(0x80 | (point & 0x3f));
        }
    }
}

}  // namespace tieline::adapters::hl7v2
