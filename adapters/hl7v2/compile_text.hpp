#pragma once

#include "adapters/hl7v2/program.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::adapters::hl7v2 {

/// What the readers of a map's texts know of it.
struct map_scope {
    std::string_view own{};           ///< `PID`, `CX`
    bool of_segment = true;
    names* segment_names = nullptr;
    std::vector<condition>* conditions = nullptr;
    std::size_t first_condition = 0;  ///< the first one of this map
    const std::map<std::string_view, const table*>* tables = nullptr;
};

/// `PID-3[2].4.1`, `CX.4.1`, `PID`. None when it is no such place.
std::optional<source> read_source(std::string_view text, const map_scope& scope);

/// `OBX-2 in ("NM", "SN") and not OBX-5`: an index in the scope's conditions. Errors: none, and `expected` says what was.
std::optional<std::int32_t> read_condition(std::string_view text, const map_scope& scope, std::string& expected);

/// `"urn:oid:" HD.2`, `lines(OBX-5)`: texts in quotes and places in a row. Errors as above.
std::optional<std::vector<piece>> read_pieces(std::string_view text, const map_scope& scope, std::string& expected);

/// Where a path leads.
struct path_end {
    std::vector<step> steps{};
    const fhir::type* type = nullptr;
    const fhir::element* element = nullptr;  ///< the last one; null for `$`, the root itself
    bool spreads = false;
    std::uint32_t beside = 0;                ///< `$[2]`: below the item of this label beside the root
};

/// `participant[attender].individual(Practitioner)`, `$`, `$[2].given`. Errors as above.
std::optional<path_end> read_path(std::string_view text, const fhir::type& root, std::string& expected);

/// Goes on into the resource at the end of a path that ends with a reference. Errors as above.
bool enter(path_end& path, const fhir::type& resource, std::string& expected);

}  // namespace tieline::adapters::hl7v2
