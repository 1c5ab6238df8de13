#pragma once

#include <chrono>
#include <string>

namespace tieline {

/// A moment of wall-clock time, UTC, in microseconds since 1970; the form that is stored.
using instant = std::chrono::sys_time<std::chrono::microseconds>;

instant now();

/// ISO 8601 in UTC with milliseconds, `2026-11-24T10:15:30.123Z`: as FHIR's instant (R4 §2.24.0.1).
std::string to_iso(instant at);

/// HL7 v2 DTM in UTC, `20261124101530.123+0000` (HL7 v2.5.1 §2.A.22).
std::string to_hl7(instant at);

/// A span for people: `850 ms`, `4 s`, `3 min`, `2 h`, `5 d`.
std::string to_text(std::chrono::microseconds span);

}  // namespace tieline
