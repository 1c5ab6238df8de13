#pragma once

#include "broker/settings/settings.hpp"

#include <map>
#include <string>

namespace tieline::deliver::mllp {

/// `set: {MSH-5: LAB}`: header fields that a destination wants to read otherwise than they came.
class rewrite {
public:
    /// Reads MSH-3 to MSH-25; MSH-7 and MSH-10 must stay, as they say which message it is. Values are ASCII, with `^`, `~`, `&`
    /// and `\` as in HL7's usual encoding. Faults go into `found`.
    rewrite(const settings::destination& from, model::issues& found);

    /// The message with these fields replaced as wholes, in the message's own encoding characters; as it was when it has no MSH.
    std::string apply(std::string message) const;

private:
    std::map<std::size_t, std::string> fields_;
};

}  // namespace tieline::deliver::mllp
