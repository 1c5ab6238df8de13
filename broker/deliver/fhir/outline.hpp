#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::deliver::fhir {

/// A resource as it stands in a text.
struct resource {
    std::string type{};      ///< resourceType
    std::string id{};
    std::string_view json{}; ///< its bytes, in the text that was read
};

/// What delivering needs to know of a FHIR resource in JSON, read without building it in memory.
struct outline {
    resource whole{};
    std::string bundle_type{};            ///< Bundle.type
    std::vector<resource> entries{};      ///< Bundle.entry.resource, at most 1,000 of them
    std::string response_code{};          ///< MessageHeader.response.code of the first entry that has one
};

/// None when it is no JSON object. Reads nested values of any depth.
std::optional<outline> read_outline(std::string_view json);

}  // namespace tieline::deliver::fhir
