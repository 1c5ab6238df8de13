#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tieline::deliver::mllp {

/// The separators that a v2 message declares (MSH-1 and MSH-2; HL7 v2.5.1 §2.5.4).
struct separators {
    char field = '|';
    char component = '^';
    char repetition = '~';
    char escape = '\\';
    char subcomponent = '&';
};

/// None when the text does not begin with a readable MSH.
std::optional<separators> read_separators(std::string_view message);

/// Cuts the next segment off the front, without its line end (CR, LF or both); empty at the end.
std::string_view next_segment(std::string_view& rest);

/// Part `index` (from 0) of a text cut at each `by`; empty where there are fewer.
std::string_view part(std::string_view text, char by, std::size_t index);

/// MSH-10 of a message as it stands there; empty without one.
std::string_view control_id(std::string_view message);

}  // namespace tieline::deliver::mllp
