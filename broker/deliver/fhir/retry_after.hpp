#pragma once

#include "broker/base/time.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace tieline::deliver::fhir {

/// The wait that a Retry-After header asks for: seconds, or an HTTP date (RFC 9110 §10.2.3, §5.6.7: `Sun, 06 Nov 1994 08:49:37
/// GMT`), whose past is no wait. At most a day. None when it is neither.
std::optional<std::chrono::milliseconds> read_retry_after(std::string_view value, instant now);

}  // namespace tieline::deliver::fhir
