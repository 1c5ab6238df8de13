#include "adapters/hl7v2/zone_rule.hpp"

#include <algorithm>
#include <chrono>

namespace tieline::adapters::hl7v2 {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

/// Takes a rule's parts off the front of its text.
class rule_reader {
public:
    explicit rule_reader(std::string_view text) : rest_(text) {}

    bool read(zone_rule& into)
    {
        std::int32_t west = 0;
        if (!name() || !time(west))
            return false;
        into.standard_ = -west;
        if (rest_.empty())
            return true;
        into.has_summer_ = true;
        into.summer_ = into.standard_ + 3600;
        if (!name())
            return false;
        if (!rest_.empty() && rest_.front() != ',') {
            if (!time(west))
                return false;
            into.summer_ = -west;
        }
        return take(',') && change(into.begin_) && take(',') && change(into.end_) && rest_.empty();
    }

private:
    bool take(char c)
    {
        const bool there = rest_.starts_with(c);
        rest_.remove_prefix(there ? 1 : 0);
        return there;
    }

    // `GMT` or, where it holds more than letters, `<+03>`.
    bool name()
    {
        const bool quoted = take('<');
        const auto size = quoted ? rest_.find('>') : rest_.find_first_of("0123456789+-,");
        if (size == 0 || (quoted && size == std::string_view::npos))
            return false;
        rest_.remove_prefix(std::min(size, rest_.size()));
        return !quoted || take('>');
    }

    bool number(int& into)
    {
        std::size_t size = 0;
        for (into = 0; size < rest_.size() && size < 4 && rest_[size] >= '0' && rest_[size] <= '9'; size++)
            into = into * 10 + (rest_[size] - '0');
        rest_.remove_prefix(size);
        return size > 0;
    }

    // `[+-]hh[:mm[:ss]]`, up to 167 hours.
    bool time(std::int32_t& into)
    {
        const bool negative = take('-');
        if (!negative)
            take('+');
        int hours = 0, minutes = 0, seconds = 0;
        const bool read = number(hours) && (!take(':') || (number(minutes) && (!take(':') || number(seconds))));
        into = (hours * 3600 + minutes * 60 + seconds) * (negative ? -1 : 1);
        return read && hours <= 167 && minutes < 60 && seconds < 60;
    }

    bool change(zone_rule::change& into)
    {
        using kind = zone_rule::change::kind;
        into.what = take('M') ? kind::weekday : take('J') ? kind::julian : kind::zero_based;
        if (into.what != kind::weekday) {
            if (!number(into.day) || into.day > 365)
                return false;
        } else if (!number(into.month) || !take('.') || !number(into.week) || !take('.') || !number(into.day) || into.month < 1 ||
                   into.month > 12 || into.week < 1 || into.week > 5 || into.day > 6) {
            return false;
        }
        return !take('/') || time(into.time);
    }

    std::string_view rest_;
};

std::optional<zone_rule> zone_rule::read(std::string_view text)
{
    zone_rule made;
    return rule_reader(text).read(made) ? std::optional(made) : std::nullopt;
}

// As a local time, counted with the offset before the change.
std::int64_t zone_rule::change::in(int year) const
{
    const std::chrono::year of{year};
    sys_days at = sys_days(of / 1 / 1) + days(what == kind::julian ? day - 1 : day);
    if (what == kind::julian && of.is_leap() && day >= 60)  // 29 February has no number there
        at += days(1);
    if (what == kind::weekday) {
        const auto in_month = of / std::chrono::month(static_cast<unsigned>(month));
        const std::chrono::weekday wanted(static_cast<unsigned>(day));
        at = week == 5 ? sys_days(in_month / wanted[std::chrono::last]) : sys_days(in_month / wanted[static_cast<unsigned>(week)]);
    }
    return at.time_since_epoch().count() * 86400LL + time;
}

std::int32_t zone_rule::offset_at(std::int64_t local) const
{
    if (!has_summer_)
        return standard_;
    const auto day = std::chrono::floor<days>(std::chrono::sys_seconds(std::chrono::seconds(local)));
    const int year = static_cast<int>(year_month_day(day).year());
    const auto begin = begin_.in(year) + std::max(0, summer_ - standard_);
    const auto end = end_.in(year) + std::max(0, standard_ - summer_);
    const bool summer = begin < end ? begin <= local && local < end : local >= begin || local < end;
    return summer ? summer_ : standard_;
}

}  // namespace tieline::adapters::hl7v2
