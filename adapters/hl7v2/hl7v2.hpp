#pragma once

#include "adapters/adapter.hpp"

namespace tieline::adapters::hl7v2 {

/// HL7 v2 (ER7 encoding) to FHIR R4 by mapping files. Reads the built-in maps and then the overlays of `given`.
/// Errors: an issue with `file:line` for each fault of a mapping file; null then.
std::unique_ptr<adapter> make_adapter(const options& given, model::issues& found);

}  // namespace tieline::adapters::hl7v2
