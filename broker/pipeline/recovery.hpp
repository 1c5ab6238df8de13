#pragma once

#include "broker/base/error.hpp"
#include "broker/store/store.hpp"

namespace tieline::pipeline {

/// After a log that was damaged in the middle: a message that counts as published and has no outcome lost the batch that held it.
/// It may or may not be on the bus, so it becomes Held, before the bus, for a person to release or skip. Gives how many.
/// Errors: those of the store.
result<std::size_t> hold_what_lost_its_outcome(store::store& in);

}  // namespace tieline::pipeline
