#include "broker/base/nhs_number.hpp"

#include <algorithm>

namespace tieline {

bool is_nhs_number(std::string_view text)
{
    if (text.size() != 10 || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return false;
    int sum = 0;
    for (int i = 0; i < 9; i++)
        sum += (text[static_cast<std::size_t>(i)] - '0') * (10 - i);
    return (11 - sum % 11) % 11 == text[9] - '0';  // a remainder that wants the digit 10 is never equal
}

bool is_nhs_number_for_tests(std::string_view text) { return text == "0000000000" || text == "9999999999"; }

}  // namespace tieline
