#pragma once

#include "adapters/adapter.hpp"
#include "adapters/hl7v2/header.hpp"

#include <string>

namespace tieline::adapters::hl7v2 {

/// The acknowledgment of a message (HL7 v2.5.1 §2.9, §2.13.1; design, section 7), with the message's own separators and in the form
/// of its version. Empty when none is due: an acknowledgment is never acknowledged, and MSH-15 and MSH-16 count where the options
/// say so. The same verdict gives the same bytes.
std::string make_answer(const header& of, const model::verdict& verdict, const options& given);

/// The application acknowledgment of enhanced mode, a message of its own after the accept acknowledgment (HL7 v2.5.1 §2.9.3.2): AA or AE
/// with ERR, at most a hundred of them, MSH-15 and MSH-16 NE. Empty when MSH-16 does not ask for it, or the mode is original.
std::string make_application_answer(const header& of, const model::verdict& verdict, const options& given);

}  // namespace tieline::adapters::hl7v2
