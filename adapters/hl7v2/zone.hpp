#pragma once

#include "adapters/hl7v2/zone_rule.hpp"
#include "broker/model/issue.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// The offsets from UTC of an IANA time zone, read from the system's files (TZif, RFC 8536). No clock and no global state: the C
/// library's own functions know only the process's zone.
class time_zone {
public:
    /// Errors: an issue when there is no such zone or its file can't be read; the zone is UTC then.
    static time_zone load(const std::string& name, model::issues& found);

    /// A zone from the bytes of such a file, fat or slim: what the file's list of changes does not reach, its rule says. None when
    /// they are no TZif of version 2 or later.
    static std::optional<time_zone> read(const std::string& bytes);

    /// Seconds east of UTC at a local time, given as seconds since 1970 as if it were UTC. In the hour that comes twice it is
    /// the first, in the one that is left out the offset before it.
    std::int32_t offset_at(std::int64_t local) const;

private:
    struct change {
        std::int64_t local = 0;   ///< from this local time on, counted with the offset before it
        std::int32_t offset = 0;
    };
    std::vector<change> changes_{};
    std::int32_t first_ = 0;
    std::optional<zone_rule> rule_{};  // for all that comes after the last change
};

}  // namespace tieline::adapters::hl7v2
