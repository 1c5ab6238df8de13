#pragma once

#include "adapters/hl7v2/parse.hpp"

#include <string>
#include <string_view>

namespace tieline::adapters::hl7v2 {

/// How bytes are read that do not say it themselves.
struct reading {
    std::string_view fallback = "windows-1252";  ///< where MSH-18 says nothing that fits
    separators marks{};                          ///< of the message: `\C2D42\` changes the character set, a field's end ends that
};

/// Whether it is windows-1252 or a single-byte character set of HL7 table 0211, in any of the ways in which people write them.
bool is_single_byte_charset(std::string_view name);

/// The message in UTF-8. `name` is MSH-18 (HL7 table 0211; its first repetition counts), empty for none.
/// Bytes that are UTF-8 stay where they are and `bytes` itself is returned; the others are read as MSH-18 says, else as the
/// fallback, into `buffer`. A charset that is not known or that the bytes contradict is a warning at MSH-18.
std::string_view to_utf8(std::string_view bytes, std::string_view name, std::string& buffer, model::issues& found, const reading& how = {});

}  // namespace tieline::adapters::hl7v2
