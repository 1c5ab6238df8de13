// Escapes, dates, times and the rules of time zones: what comes out is UTF-8 that FHIR allows, and not much longer.
#include "adapters/hl7v2/date.hpp"
#include "adapters/hl7v2/text.hpp"
#include "adapters/hl7v2/zone.hpp"
#include "adapters/hl7v2/zone_rule.hpp"

#include <cstdint>
#include <cstdlib>

using namespace tieline::adapters::hl7v2;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

bool is_allowed(std::string_view text)
{
    for (const char c : text) {
        if ((static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return false;
    }
    return true;
}

void read_times(std::string_view text)
{
    static const time_zone utc;
    arena memory;
    to_date(text, memory);
    to_time(text, memory);
    const auto at = to_date_time(text, utc, memory);
    require(at.empty() || at.starts_with(text.substr(0, 4)));
    require(to_instant(text, utc, memory).size() <= 48);
    if (const auto rule = zone_rule::read(text)) {
        for (std::int64_t local = 0; local < 4'000'000'000; local += 777'777'777)
            require(rule->offset_at(local) <= 200 * 3600 && rule->offset_at(local) >= -200 * 3600);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_times(text);
    time_zone::read(std::string(text));
    if (!is_utf8(text))
        return 0;
    arena memory;
    for (const separators& marks : {separators{}, separators{.escape = 0}, separators{.escape = 'X', .truncation = '#'}}) {
        const auto made = unescape(text, marks, memory);
        require(is_utf8(made) && is_allowed(made));
        require(made.size() <= text.size() * 20 + 80);
    }
    return 0;
}
