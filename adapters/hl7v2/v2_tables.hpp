#pragma once

#include "adapters/hl7v2/arena.hpp"

#include <optional>
#include <string_view>

namespace tieline::adapters::hl7v2 {

/// Whether a table of HL7 v2 (`0069`) has a code, as FHIR R4 knows it (maps/fhir/v2_tables.map); none for a table that R4 does not know.
std::optional<bool> v2_table_has(std::string_view table, std::string_view code);

/// The system of a code that a sender says is of a table of HL7 v2: a site may put codes of its own into the tables, which are not
/// HL7's (HL7 v2.5.1 §2.5.3.6, user-defined tables). Then it is the site's (`urn:id:HL70069`), else as it was.
std::string_view settled_system(std::string_view system, std::string_view code, arena& memory);

}  // namespace tieline::adapters::hl7v2
