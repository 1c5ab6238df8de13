#pragma once

#include "adapters/hl7v2/arena.hpp"
#include "adapters/hl7v2/schema.hpp"
#include "adapters/hl7v2/zone.hpp"

#include <string_view>

namespace tieline::adapters::hl7v2 {

/// A text of the message as a FHIR primitive of this kind has it (R4 §2.24.0.1): dates and times rewritten, numbers as JSON has
/// them, Y and N as booleans, characters that a uri can't have escaped. Empty when it can't be one.
std::string_view to_primitive(fhir::primitive kind, std::string_view text, const time_zone& zone, arena& memory);

/// Whether it is a decimal as HL7 v2's NM has it.
bool is_number(std::string_view text);

}  // namespace tieline::adapters::hl7v2
