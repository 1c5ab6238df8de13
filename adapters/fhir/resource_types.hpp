#pragma once

#include <string_view>

namespace tieline::adapters::fhir {

/// Whether FHIR R4 (4.0.1) has a resource type of this name (R4 §2.1.0, the resource index).
bool is_resource_type(std::string_view name);

}  // namespace tieline::adapters::fhir
