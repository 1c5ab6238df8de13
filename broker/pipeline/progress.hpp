#pragma once

#include "broker/base/ids.hpp"
#include "broker/store/store.hpp"

#include <string>
#include <string_view>

namespace tieline::pipeline {

/// How far a message is, as a FHIR R4 Parameters resource for its sender: its state, and its state at each destination.
/// No content, no reason that could carry any.
std::string progress_parameters(store::store& from, std::string_view node, offset at);

}  // namespace tieline::pipeline
