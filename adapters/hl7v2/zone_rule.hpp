#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tieline::adapters::hl7v2 {

/// When summer time begins and ends in every year: the text at the end of a TZif file (RFC 8536 §3.3, a POSIX TZ), which says
/// what holds after the last change that the file lists.
class zone_rule {
public:
    /// Reads `GMT0BST,M3.5.0/1,M10.5.0`. None when the text has another form.
    static std::optional<zone_rule> read(std::string_view text);

    /// Seconds east of UTC at a local time, given as seconds since 1970 as if it were UTC; what `time_zone::offset_at` says of hours
    /// that come twice or never holds here too.
    std::int32_t offset_at(std::int64_t local) const;

private:
    /// A day of the year and the local time of the change.
    struct change {
        enum class kind { weekday, julian, zero_based };
        kind what = kind::weekday;
        int month = 0, week = 0, day = 0;  ///< `M3.5.0`; of the others the day alone
        std::int32_t time = 2 * 3600;
        std::int64_t in(int year) const;
    };
    friend class rule_reader;

    std::int32_t standard_ = 0, summer_ = 0;
    bool has_summer_ = false;
    change begin_{}, end_{};
};

}  // namespace tieline::adapters::hl7v2
