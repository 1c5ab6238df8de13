#pragma once

#include "adapters/adapter.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tieline::adapters::hl7v2 {

/// The messages of a batch (HL7 v2.5.1 §2.10.3): of a file `FHS … FTS`, of a batch `BHS … BTS`, or one after the other without
/// either. None when it is a single message, or none at all: to see that costs a search for a second MSH.
/// Issues: warnings at BTS-1 and FTS-1 for counts that don't fit, and for lines outside of messages; an error beyond 100,000 messages.
std::optional<batch> split_batch(std::string_view bytes);

/// The answers to a batch's messages, in order and in a batch of the same form. Empty when none of them is due.
std::string make_batch_answer(std::string_view bytes, std::span<const model::answer> answers);

}  // namespace tieline::adapters::hl7v2
