#pragma once

#include "broker/model/issue.hpp"

#include <string>
#include <string_view>

namespace tieline::adapters::hl7v2 {

/// The message in UTF-8. `name` is MSH-18 (HL7 table 0211; its first repetition counts), empty for none.
/// Bytes that are UTF-8 stay where they are and `bytes` itself is returned; the others are read as MSH-18 says, else as
/// windows-1252, into `buffer`. A charset that is not known or that the bytes contradict is a warning at MSH-18.
std::string_view to_utf8(std::string_view bytes, std::string_view name, std::string& buffer, model::issues& found);

}  // namespace tieline::adapters::hl7v2
