#pragma once

#include <string>
#include <string_view>

namespace tieline::app::send {

/// What a receiver said to a message.
struct answer {
    bool positive = false;
    std::string said{};  ///< `AA` … `CR` (MSA-1), or the HTTP status
    std::string code{};  ///< ERR-3, or OperationOutcome.issue.code, of the first error; empty where there is none
    std::string text{};  ///< what it says in words: ERR-8, MSA-3, or OperationOutcome.issue.diagnostics
};

/// Of an HL7 v2 acknowledgment. One that is none, or is for another message than `control_id`, is not positive and says so.
answer read_acknowledgment(std::string_view bytes, std::string_view control_id);

/// Of an HTTP response with a FHIR body.
answer read_response(int status, std::string_view body);

}  // namespace tieline::app::send
