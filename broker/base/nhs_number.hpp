#pragma once

#include <string_view>

namespace tieline {

/// Whether a text is an NHS number: ten digits without blanks, of which the last is the check digit (modulus 11, NHS Data Dictionary).
/// 0000000000 and 9999999999 are by that.
bool is_nhs_number(std::string_view text);

/// Whether it is one of the two that are for tests only: nobody's number in live use.
bool is_nhs_number_for_tests(std::string_view text);

}  // namespace tieline
