#pragma once

#include "adapters/hl7v2/conversion.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// One element of the Bundle that a place of the message filled.
struct explanation {
    std::string element{};       ///< FHIRPath of names and indexes, `Bundle.entry[2].resource.name[0].family`
    std::string at{};            ///< `PID-5.1`
    const row_note* row = nullptr;  ///< where the row stands, and the guide's ids that it carries out
};

/// Which row filled which element, and from where, of the message that was converted last, in the order of the Bundle. What rows
/// filled with constants is not listed.
std::vector<explanation> explain(const conversion& of);

}  // namespace tieline::adapters::hl7v2
