#include "broker/base/time.hpp"

#include <array>
#include <cstdio>

namespace tieline {
namespace {

std::string format(instant at, const char* pattern)
{
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::milliseconds>(at - day)};
    std::array<char, 48> text{};
    const int size = std::snprintf(text.data(), text.size(), pattern, int(date.year()), unsigned(date.month()),
                                   unsigned(date.day()), int(clock.hours().count()), int(clock.minutes().count()),
                                   int(clock.seconds().count()), int(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

instant now() { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }

std::string to_iso(instant at) { return format(at, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ"); }

std::string to_hl7(instant at) { return format(at, "%04d%02u%02u%02d%02d%02d.%03d+0000"); }

std::string to_text(std::chrono::microseconds span)
{
    const auto count = span.count();
    if (count < 10'000)
        return std::to_string(count / 1000) + "." + std::to_string(count % 1000 / 100) + " ms";
    if (count < 10'000'000)
        return std::to_string(count / 1000) + " ms";
    const auto seconds = count / 1'000'000;
    if (seconds < 120)
        return std::to_string(seconds) + " s";
    if (seconds < 7200)
        return std::to_string(seconds / 60) + " min";
    if (seconds < 172'800)
        return std::to_string(seconds / 3600) + " h";
    return std::to_string(seconds / 86'400) + " d";
}

}  // namespace tieline
