#include "adapters/hl7v2/date.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>

namespace tieline::adapters::hl7v2 {
namespace {

bool all_digits(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int number(std::string_view digits)
{
    int value = 0;
    for (const char c : digits)
        value = value * 10 + (c - '0');
    return value;
}

// The parts of YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZ[ZZ]], as views.
struct parts {
    std::string_view year{}, month{}, day{}, hour{}, minute{}, second{}, fraction{};
    bool has_zone = false;
    int zone_minutes = 0;
};

bool read_zone(std::string_view text, parts& into)
{
    if (text.size() != 3 && text.size() != 5)
        return false;
    const auto digits = text.substr(1);
    const int hours = number(digits.substr(0, 2)), minutes = digits.size() == 4 ? number(digits.substr(2)) : 0;
    if (!all_digits(digits) || minutes > 59 || hours * 60 + minutes > 14 * 60)
        return false;
    into.has_zone = true;
    into.zone_minutes = (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

std::string_view take_digits(std::string_view& text)
{
    std::size_t size = 0;
    while (size < text.size() && text[size] >= '0' && text[size] <= '9')
        size++;
    const auto digits = text.substr(0, size);
    text.remove_prefix(size);
    return digits;
}

// Cuts zone and fraction off; what remains are the digits.
bool read_tail(std::string_view& text, parts& into)
{
    auto rest = text;
    text = take_digits(rest);
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        into.fraction = take_digits(rest);
        if (into.fraction.empty() || into.fraction.size() > 9)
            return false;
    }
    return rest.empty() || ((rest[0] == '+' || rest[0] == '-') && read_zone(rest, into));
}

bool read_clock(std::string_view digits, parts& into)
{
    if (digits.size() > 6 || digits.size() % 2)
        return false;
    into.hour = digits.substr(0, 2);
    into.minute = digits.size() > 2 ? digits.substr(2, 2) : "00";
    into.second = digits.size() > 4 ? digits.substr(4, 2) : "00";
    if (!into.fraction.empty() && digits.size() < 6)
        return false;
    return number(into.hour) < 24 && number(into.minute) < 60 && number(into.second) < 60;
}

bool read_date_time(std::string_view text, parts& into)
{
    if (!read_tail(text, into) || text.size() < 4 || text.size() > 14 || text.size() % 2)
        return false;
    into.year = text.substr(0, 4);
    into.month = text.size() >= 6 ? text.substr(4, 2) : "";
    into.day = text.size() >= 8 ? text.substr(6, 2) : "";
    if (number(into.year) == 0)
        return false;
    const auto month = into.month.empty() ? 1 : number(into.month), day = into.day.empty() ? 1 : number(into.day);
    const std::chrono::year_month_day date{std::chrono::year{number(into.year)}, std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok())
        return false;
    if (text.size() > 8)
        return read_clock(text.substr(8), into);
    return into.fraction.empty();
}

std::int64_t local_seconds(const parts& from)
{
    const std::chrono::year_month_day date{std::chrono::year{number(from.year)},
                                           std::chrono::month(static_cast<unsigned>(number(from.month))),
                                           std::chrono::day(static_cast<unsigned>(number(from.day)))};
    return std::chrono::sys_days(date).time_since_epoch().count() * 86400LL + number(from.hour) * 3600 + number(from.minute) * 60 +
           number(from.second);
}

// How long a unit is; 0 when it is none that is known.
std::int64_t seconds_of(std::string_view unit)
{
    std::string name;
    for (const char c : unit)
        name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (name.empty() || name == "m" || name.starts_with("min"))
        return 60;
    if (name == "s" || name.starts_with("sec"))
        return 1;
    if (name == "h" || name.starts_with("hr") || name.starts_with("hour"))
        return 3600;
    if (name == "d" || name.starts_with("day"))
        return 86'400;
    return name == "w" || name == "wk" || name.starts_with("week") ? 604'800 : 0;
}

// Text put together from pieces, in the arena.
class composer {
public:
    explicit composer(arena& memory) : start_(memory.take(most)), at_(start_) {}
    composer& operator<<(char one)
    {
        *at_++ = one;
        return *this;
    }
    composer& operator<<(std::string_view text)
    {
        at_ = std::copy_n(text.data(), std::min<std::size_t>(text.size(), static_cast<std::size_t>(start_ + most - at_)), at_);
        return *this;
    }
    std::string_view done() const { return {start_, static_cast<std::size_t>(at_ - start_)}; }

private:
    static constexpr std::ptrdiff_t most = 48;  // 2024-01-02T10:11:12.123456789+00:00 has 35
    char* start_;
    char* at_;
};

void add_clock(composer& to, const parts& from)
{
    to << from.hour[0] << from.hour[1] << ':' << from.minute[0] << from.minute[1] << ':' << from.second[0] << from.second[1];
    if (!from.fraction.empty())
        to << '.' << from.fraction;
}

void add_date(composer& to, const parts& from)
{
    to << from.year[0] << from.year[1] << from.year[2] << from.year[3];
    if (!from.month.empty())
        to << '-' << from.month[0] << from.month[1];
    if (!from.day.empty())
        to << '-' << from.day[0] << from.day[1];
}

void add_zone(composer& to, const parts& from, const time_zone& zone)
{
    const int minutes = from.has_zone ? from.zone_minutes : zone.offset_at(local_seconds(from)) / 60;
    const int size = std::abs(minutes);
    const char text[] = {minutes < 0 ? '-' : '+', static_cast<char>('0' + size / 600), static_cast<char>('0' + size / 60 % 10), ':',
                         static_cast<char>('0' + size % 60 / 10), static_cast<char>('0' + size % 10)};
    to << std::string_view(text, sizeof text);
}

}  // namespace

std::string_view to_date(std::string_view text, arena& memory)
{
    parts read;
    if (!read_date_time(text, read))
        return {};
    composer to(memory);
    add_date(to, read);
    return to.done();
}

std::string_view to_date_time(std::string_view text, const time_zone& zone, arena& memory)
{
    parts read;
    if (!read_date_time(text, read))
        return {};
    composer to(memory);
    add_date(to, read);
    if (!read.hour.empty()) {
        to << 'T';
        add_clock(to, read);
        add_zone(to, read, zone);
    }
    return to.done();
}

std::string_view to_instant(std::string_view text, const time_zone& zone, arena& memory)
{
    parts read;
    if (!read_date_time(text, read) || read.hour.empty())
        return {};
    return to_date_time(text, zone, memory);
}

std::string_view to_time(std::string_view text, arena& memory)
{
    parts read;
    if (!read_tail(text, read) || text.size() < 2 || !read_clock(text, read))
        return {};
    composer to(memory);
    add_clock(to, read);
    return to.done();
}

std::string_view later(std::string_view date, std::string_view amount, std::string_view unit, arena& memory)
{
    parts from;
    const auto zone = date.find_first_of("+-");
    double count = 0;
    const auto [end, error] = std::from_chars(amount.data(), amount.data() + amount.size(), count);
    const auto length = seconds_of(unit);
    if (!read_date_time(date, from) || from.hour.empty() || error != std::errc() || end != amount.data() + amount.size() || !length ||
        std::abs(count) > 1e6)
        return {};
    const auto total = local_seconds(from) + std::llround(count * static_cast<double>(length));
    const auto day = std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(total)));
    const std::chrono::year_month_day on{day};
    const auto clock = static_cast<int>(total - day.time_since_epoch().count() * 86'400LL);
    const std::int64_t digits = (int{on.year()} * 10'000LL + unsigned{on.month()} * 100 + unsigned{on.day()}) * 1'000'000LL +
                                clock / 3600 * 10'000 + clock / 60 % 60 * 100 + clock % 60;
    composer to(memory);
    to << std::to_string(digits) << (zone == std::string_view::npos ? std::string_view() : date.substr(zone));
    return to.done();
}

}  // namespace tieline::adapters::hl7v2
