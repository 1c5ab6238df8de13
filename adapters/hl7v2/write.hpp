#pragma once

#include "adapters/hl7v2/tree.hpp"

#include <span>
#include <string>

namespace tieline::adapters::hl7v2 {

/// Appends a resource in JSON.
void write_resource(const resource& from, std::string& to);

/// Appends a Bundle with its entries in JSON: `fullUrl` is `urn:uuid:` and the resource's id.
void write_bundle(const resource& bundle, std::span<resource* const> entries, std::string& to);

}  // namespace tieline::adapters::hl7v2
