#pragma once

#include "adapters/hl7v2/parse.hpp"
#include "adapters/hl7v2/trace.hpp"

#include <string_view>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// The smallest part of a message that says something: a subcomponent of a component of a repetition of a field, all of them counted
/// from 1 also where there is one only.
struct leaf {
    origin at{};
    origin shown{};            ///< the same, without the parts that are the only ones of their kind
    std::string_view text{};   ///< as it is written
};

/// All that is not blank, in order; MSH-1 and MSH-2 aside, which say how the message is written.
std::vector<leaf> leaves_of(const message& of);

/// Whether what was read includes a leaf.
bool covers(const trace::read& what, const origin& leaf);

/// Whether a place is the leaf or something above it.
bool holds(const origin& place, const origin& leaf);

}  // namespace tieline::adapters::hl7v2
