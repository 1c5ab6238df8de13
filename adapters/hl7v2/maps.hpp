#pragma once

#include "broker/base/embedded.hpp"

#include <span>

namespace tieline {

/// The mapping files that come with Tieline, by their path below adapters/hl7v2.
std::span<const embedded_file> embedded_hl7v2_maps();

}  // namespace tieline
