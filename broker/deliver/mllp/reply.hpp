#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tieline::deliver::mllp {

/// What an acknowledgment says.
struct reply {
    std::string acknowledgment{};  ///< MSA-1: AA, AE, AR, CA, CE or CR
    std::string control_id{};      ///< MSA-2: whose message it is about
    std::string code{};            ///< HL7 table 0357: ERR-3.1, else ERR-1.4.1, else MSA-6.1; empty without one
};

/// None when it is no acknowledgment that can be read: no MSH, no MSA, an MSA-1 that HL7 table 0008 does not have.
std::optional<reply> read_reply(std::string_view frame);

}  // namespace tieline::deliver::mllp
