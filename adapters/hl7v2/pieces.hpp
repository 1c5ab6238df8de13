#pragma once

#include "adapters/hl7v2/parse.hpp"

#include <string>
#include <string_view>

// What the functions in a row's value make of the texts they are given. None when a text is not of the form they take.

namespace tieline::adapters::hl7v2 {

/// A number times a whole one, as a whole one: 1.5 times 60 is 90.
std::string times(std::string_view number, unsigned factor);

/// The bytes that hexadecimal digits stand for, in base64; blanks between them are skipped.
std::string base64_of_hex(std::string_view digits);

/// The numbers of a numeric array in FHIR's form: `1^^3~4^5^6` is `1 E 3 4 5 6`, with E for what is not said.
std::string sampled_points(std::string_view field, const separators& marks);

/// How many numbers each point of a numeric array has: the longest repetition; 1 for a lone one, which is a vector.
unsigned sampled_width(std::string_view field, const separators& marks);

}  // namespace tieline::adapters::hl7v2
