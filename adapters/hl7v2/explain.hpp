#pragma once

#include "adapters/hl7v2/conversion.hpp"
#include "broker/model/explanation.hpp"

#include <vector>

namespace tieline::adapters::hl7v2 {

/// For every valued leaf of the message that was converted last, in order, the elements that it filled or the reason why it did not.
/// `what` is the trace of that run. The Bundle must not have been left out.
model::explanations explain(const conversion& of, const trace& what);

/// The rows that filled, or led to, an element that stands in the Bundle, or that told something; by their number in the program.
std::vector<bool> rows_carried_out(const conversion& of, const trace& what);

}  // namespace tieline::adapters::hl7v2
