#pragma once

#include <string_view>

namespace tieline {

/// Whether a text is an NHS number: ten digits without blanks, of which the last is the check digit (modulus 11, NHS Data Dictionary).
/// 0000000000 and 9999999999 are by that, though they are for tests only.
bool is_nhs_number(std::string_view text);

}  // namespace tieline
