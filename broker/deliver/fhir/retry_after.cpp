#include "broker/deliver/fhir/retry_after.hpp"

#include <algorithm>
#include <charconv>

namespace tieline::deliver::fhir {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds most = 24h;

std::optional<int> number(std::string_view text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size() && value >= 0;
    return whole ? std::optional(value) : std::nullopt;
}

std::optional<unsigned> month(std::string_view name)
{
    constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto at = name.size() == 3 ? names.find(name) : std::string_view::npos;
    return at != std::string_view::npos && at % 3 == 0 ? std::optional(static_cast<unsigned>(at / 3 + 1)) : std::nullopt;
}

std::optional<instant> read_date(std::string_view text)
{
    if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT" || text[19] != ':' || text[22] != ':')
        return std::nullopt;
    const auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4));
    const auto hour = number(text.substr(17, 2)), minute = number(text.substr(20, 2)), second = number(text.substr(23, 2));
    const auto in = month(text.substr(8, 3));
    if (!day || !in || !year || !hour || !minute || !second)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*in),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok())
        return std::nullopt;
    const auto time = std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
    return instant(std::chrono::sys_days(date)) + time;
}

}  // namespace

std::optional<milliseconds> read_retry_after(std::string_view value, instant now)
{
    if (const auto seconds = number(value))
        return std::min<milliseconds>(std::chrono::seconds(*seconds), most);
    const auto date = read_date(value);
    if (!date)
        return std::nullopt;
    return std::clamp(std::chrono::ceil<milliseconds>(*date - now), milliseconds(0), most);
}

}  // namespace tieline::deliver::fhir
