#pragma once

#include "adapters/hl7v2/json_text.hpp"
#include "adapters/hl7v2/tree.hpp"

#include <span>

namespace tieline::adapters::hl7v2 {

/// Appends a resource in JSON.
void write_resource(const resource& from, json_text& to);

/// Appends a Bundle with its entries in JSON: `fullUrl` is `urn:uuid:` and the resource's id.
void write_bundle(const resource& bundle, std::span<resource* const> entries, json_text& to);

}  // namespace tieline::adapters::hl7v2
