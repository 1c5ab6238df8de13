#include "adapters/hl7v2/charset.hpp"

#include "adapters/hl7v2/text.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <memory>

namespace tieline::adapters::hl7v2 {
namespace {

// HL7 table 0211 without what people leave out or put in, what the C library calls it, and its code in `\C....\` (ISO 2022).
// 8859/1 is read as windows-1252, which differs only where 8859/1 has control characters that nobody sends.
struct charset {
    std::string_view hl7;
    const char* system;
    std::string_view code = "";
};
constexpr charset charsets[] = {
    {"88591", "WINDOWS-1252", "2D41"}, {"88592", "ISO-8859-2", "2D42"}, {"88593", "ISO-8859-3", "2D43"},
    {"88594", "ISO-8859-4", "2D44"}, {"88595", "ISO-8859-5", "2D4C"}, {"88596", "ISO-8859-6", "2D47"},
    {"88597", "ISO-8859-7", "2D46"}, {"88598", "ISO-8859-8", "2D48"}, {"88599", "ISO-8859-9", "2D4D"},
    {"885910", "ISO-8859-10", "2D56"}, {"885911", "ISO-8859-11", "2D54"}, {"885913", "ISO-8859-13", "2D59"},
    {"885914", "ISO-8859-14", "2D5F"}, {"885915", "ISO-8859-15", "2D62"}, {"WINDOWS1252", "WINDOWS-1252"},
    {"CP1252", "WINDOWS-1252"}, {"ASCII", "ASCII", "2842"},
};
constexpr std::array<std::string_view, 3> unicode = {"UNICODEUTF8", "UTF8", "UNICODE"};

// `ISO-8859-1`, `8859/1` and `iso8859_1` are one.
std::string bare(std::string_view name)
{
    std::string made;
    for (const char c : name) {
        if (c >= 'a' && c <= 'z')
            made += static_cast<char>(c - 'a' + 'A');
        else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            made += c;
    }
    return made.starts_with("ISO8859") ? made.substr(3) : made;
}

bool is_unicode(std::string_view name) { return std::find(unicode.begin(), unicode.end(), bare(name)) != unicode.end(); }

const charset* known_as(std::string_view name)
{
    const auto wanted = bare(name);
    const auto* const one = std::find_if(std::begin(charsets), std::end(charsets), [&](const charset& each) { return each.hl7 == wanted; });
    return one == std::end(charsets) ? nullptr : one;
}

// Appends bytes to UTF-8; false when they are not of the character set.
bool transcode(std::string_view bytes, const charset& from, std::string& to)
{
    const auto close = [](void* open) { iconv_close(static_cast<iconv_t>(open)); };
    const iconv_t opened = iconv_open("UTF-8", from.system);
    if (opened == reinterpret_cast<iconv_t>(-1))
        return false;
    const std::unique_ptr<void, decltype(close)> keep(opened, close);
    const auto before = to.size();
    to.resize(before + bytes.size() * 3);  // the most that a byte of these sets becomes
    char* in = const_cast<char*>(bytes.data());  // iconv does not write to it
    char* out = to.data() + before;
    std::size_t left = bytes.size(), room = to.size() - before;
    const bool done = iconv(opened, &in, &left, &out, &room) != static_cast<std::size_t>(-1);
    to.resize(done ? to.size() - room : before);
    return done;
}

/// Follows the escapes that change the character set (HL7 v2.5.1 §2.7.2) through a message.
class switching {
public:
    switching(const charset& own, const separators& marks, std::string& to) : own_(own), marks_(marks), to_(to) {}

    bool transcode_all(std::string_view bytes)
    {
        const charset* now = &own_;
        std::size_t done = 0;
        for (std::size_t at = 0; at < bytes.size(); at++) {
            const auto* const next = switch_at(bytes, at, now);
            if (!next)
                continue;
            const bool escape = bytes[at] == marks_.escape;
            if (!transcode(bytes.substr(done, at - done), *now, to_))
                return false;
            now = next;
            done = at + (escape ? escape_size : 0);
        }
        return transcode(bytes.substr(done), *now, to_);
    }

private:
    static constexpr std::size_t escape_size = 7;  // \C2D42\ with both its ends

    const charset* switch_at(std::string_view bytes, std::size_t at, const charset* now) const
    {
        const char c = bytes[at];
        if (now != &own_ && (c == marks_.field || c == '\r' || c == '\n'))
            return &own_;
        if (c != marks_.escape || !marks_.escape || bytes.size() - at < escape_size || bytes[at + 1] != 'C' || bytes[at + 6] != marks_.escape)
            return nullptr;
        const auto code = bytes.substr(at + 2, 4);
        const auto* const one = std::find_if(std::begin(charsets), std::end(charsets), [&](const charset& each) { return each.code == code; });
        return one == std::end(charsets) ? nullptr : one;
    }

    const charset& own_;
    const separators& marks_;
    std::string& to_;
};

bool read_as(std::string_view bytes, const charset& from, const separators& marks, std::string& buffer)
{
    buffer.clear();
    const char escape[] = {marks.escape, 'C', '\0'};
    if (!marks.escape || bytes.find(escape) == std::string_view::npos)
        return transcode(bytes, from, buffer);
    return switching(from, marks, buffer).transcode_all(bytes);
}

void warn(model::issues& found, std::string why)
{
    found.push_back({.level = model::severity::warning, .code = "value", .v2_code = 102, .at = "MSH-18", .diagnostics = std::move(why)});
}

}  // namespace

bool is_single_byte_charset(std::string_view name) { return known_as(name) != nullptr; }

std::string_view to_utf8(std::string_view bytes, std::string_view name, std::string& buffer, model::issues& found, const reading& how)
{
    const auto* const own = name.empty() ? nullptr : known_as(name);
    if (is_ascii(bytes) || ((!own || bare(name) == "ASCII") && is_utf8(bytes)))
        return bytes;
    if (own && read_as(bytes, *own, how.marks, buffer))
        return buffer;
    if (own || is_unicode(name))
        warn(found, "the bytes are not of the character set that MSH-18 names, they were read as " + std::string(how.fallback));
    else if (!name.empty())
        warn(found, "a character set that is not known, the bytes were read as " + std::string(how.fallback));
    if (const auto* const other = known_as(how.fallback); other && read_as(bytes, *other, how.marks, buffer))
        return buffer;
    buffer.clear();
    append_windows_1252(bytes, buffer);
    return buffer;
}

}  // namespace tieline::adapters::hl7v2
