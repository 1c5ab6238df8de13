#pragma once

#include "adapters/hl7v2/arena.hpp"
#include "adapters/hl7v2/zone.hpp"

#include <string_view>

namespace tieline::adapters::hl7v2 {

/// An HL7 v2 date and time (DT, TM, DTM, TS; HL7 v2.5.1 §2.A.21, §2.A.22) as FHIR R4 writes it, with the precision that it has. A
/// time without zone gets the one of `zone`; hours alone get minutes and seconds of 0, as FHIR has no hours alone. Empty when it
/// is no such date, or too vague for what is asked (an instant needs a time of day).
std::string_view to_date(std::string_view text, arena& memory);
std::string_view to_date_time(std::string_view text, const time_zone& zone, arena& memory);
std::string_view to_instant(std::string_view text, const time_zone& zone, arena& memory);
std::string_view to_time(std::string_view text, arena& memory);

/// A date with at least minutes and an amount of seconds, minutes (also when the unit is empty), hours, days or weeks later, as
/// HL7 v2 writes it. Units as HL7 (ISO+), UCUM and people write them. Empty when the date is too vague or the rest not understood.
std::string_view later(std::string_view date, std::string_view amount, std::string_view unit, arena& memory);

}  // namespace tieline::adapters::hl7v2
