#pragma once

#include "broker/model/issue.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// The offsets from UTC of an IANA time zone, read from the system's files (TZif, RFC 8536). No clock and no global state: the C
/// library's own functions know only the process's zone.
class time_zone {
public:
    /// Errors: an issue when there is no such zone or its file can't be read; the zone is UTC then.
    static time_zone load(const std::string& name, model::issues& found);

    /// Seconds east of UTC at a local time, given as seconds since 1970 as if it were UTC. In the hour that comes twice it is
    /// the first, in the one that is left out the offset before it.
    std::int32_t offset_at(std::int64_t local) const;

private:
    struct change {
        std::int64_t local = 0;   ///< from this local time on, counted with the offset before it
        std::int32_t offset = 0;
    };
    bool read(const std::string& bytes);
    std::vector<change> changes_{};
    std::int32_t first_ = 0;
};

}  // namespace tieline::adapters::hl7v2
