#pragma once

#include "adapters/adapter.hpp"

namespace tieline::adapters::fhir {

/// FHIR R4 JSON as it is sent over HTTP: any resource, and Bundles of type transaction, batch, message, collection, document.
/// Errors: none of its options can be wrong today.
std::unique_ptr<adapter> make_adapter(const options& given, model::issues& found);

}  // namespace tieline::adapters::fhir
