#include "adapters/hl7v2/charset.hpp"

#include "adapters/hl7v2/text.hpp"

#include <iconv.h>

#include <array>
#include <memory>
#include <utility>

namespace tieline::adapters::hl7v2 {
namespace {

// HL7 table 0211 and what the C library calls it. 8859/1 is read as windows-1252, which differs only where 8859/1 has control
// characters that nobody sends.
constexpr std::array<std::pair<std::string_view, const char*>, 10> charsets = {{
    {"8859/1", "WINDOWS-1252"}, {"8859/2", "ISO-8859-2"}, {"8859/3", "ISO-8859-3"}, {"8859/4", "ISO-8859-4"},
    {"8859/5", "ISO-8859-5"}, {"8859/6", "ISO-8859-6"}, {"8859/7", "ISO-8859-7"}, {"8859/8", "ISO-8859-8"},
    {"8859/9", "ISO-8859-9"}, {"8859/15", "ISO-8859-15"},
}};

const char* known_as(std::string_view name)
{
    for (const auto& [hl7, system] : charsets) {
        if (name == hl7)
            return system;
    }
    return nullptr;
}

bool transcode(std::string_view bytes, const char* charset, std::string& buffer)
{
    const auto close = [](void* open) { iconv_close(static_cast<iconv_t>(open)); };
    const iconv_t opened = iconv_open("UTF-8", charset);
    if (opened == reinterpret_cast<iconv_t>(-1))
        return false;
    const std::unique_ptr<void, decltype(close)> keep(opened, close);
    buffer.resize(bytes.size() * 4);
    char* from = const_cast<char*>(bytes.data());  // iconv does not write to it
    char* to = buffer.data();
    std::size_t left = bytes.size(), room = buffer.size();
    if (iconv(opened, &from, &left, &to, &room) == static_cast<std::size_t>(-1))
        return false;
    buffer.resize(buffer.size() - room);
    return true;
}

void warn(model::issues& found, std::string why)
{
    found.push_back({.level = model::severity::warning, .code = "value", .v2_code = 102, .at = "MSH-18", .diagnostics = std::move(why)});
}

}  // namespace

std::string_view to_utf8(std::string_view bytes, std::string_view name, std::string& buffer, model::issues& found)
{
    if (is_utf8(bytes) && (is_ascii(bytes) || !known_as(name)))
        return bytes;
    buffer.clear();
    if (const char* const charset = known_as(name)) {
        if (transcode(bytes, charset, buffer))
            return buffer;
        warn(found, "the bytes are not of the character set that MSH-18 names, they were read as windows-1252");
    } else if (name == "UNICODE UTF-8" || name == "UNICODE") {
        warn(found, "the bytes are not UTF-8 as MSH-18 says, they were read as windows-1252");
    } else if (!name.empty() && name != "ASCII") {
        warn(found, "a character set that is not known, the bytes were read as windows-1252");
    }
    buffer.clear();
    append_windows_1252(bytes, buffer);
    return buffer;
}

}  // namespace tieline::adapters::hl7v2
