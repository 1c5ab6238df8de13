#pragma once

#include "adapters/hl7v2/arena.hpp"
#include "adapters/hl7v2/parse.hpp"

#include <string>
#include <string_view>

namespace tieline::adapters::hl7v2 {

/// A text of the message with its escapes carried out (HL7 v2.5.1 §2.7): \F\ \S\ \T\ \R\ \E\ \P\ are the separators, \Xhh..\ bytes,
/// \.br\ and \.sp\ line ends, \.sk\ blanks; highlighting and other formatting is left out, as are control characters that FHIR does
/// not allow. Escapes that nobody knows, and \Z..\, stay as they are. A view of `text` itself where nothing needs changing, else of
/// the arena.
std::string_view unescape(std::string_view text, const separators& marks, arena& memory);

/// Without blanks in front and behind.
inline std::string_view trim(std::string_view text)
{
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ')
        text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ')
        text.remove_suffix(1);
    return text;
}

/// Below, at or above 0, as the left text is before, at or after the right one, capital letters taken as small ones (ASCII).
int compare_in_any_case(std::string_view left, std::string_view right);

/// Whether a text is as the pattern: `#` stands for one or more digits, `*` at the end for anything, all else for itself.
bool is_like(std::string_view text, std::string_view pattern);

/// Whether all of it is ASCII, and whether all of it is UTF-8 (RFC 3629, no surrogates).
bool is_ascii(std::string_view text);
bool is_utf8(std::string_view text);

/// Appends bytes of windows-1252 as UTF-8; the five that it leaves open become U+FFFD.
void append_windows_1252(std::string_view bytes, std::string& to);

}  // namespace tieline::adapters::hl7v2
