#pragma once

#include "broker/deliver/dispatcher.hpp"
#include "broker/journal/outcomes.hpp"

#include <string>
#include <string_view>

namespace tieline::deliver {

/// `release`, `skip`, `hold`.
std::string_view name(order::kind what);

/// The line that an order leaves in the message's story. `where` is empty for the message itself.
journal::trace_line line_of(const order& given, std::string where, std::uint32_t tries);

/// An order on a row that no destination at work owns: a message that is Held before the bus, or one of a destination that is no
/// longer configured (it may be skipped or held). Gives the reason why not; empty when done.
std::string carry_out_alone(const order& given, parts& with);

}  // namespace tieline::deliver
