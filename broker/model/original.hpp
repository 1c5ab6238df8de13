#pragma once

#include <string>
#include <string_view>

namespace tieline::model {

/// A Bundle as an adapter made it, without the HL7 v2 message that it was made of: without the DocumentReference whose attachment is
/// that message, and without the entities of Provenances that name it. All else stays byte for byte; a Bundle that carries no
/// message stays as it is. Time is linear in the size.
std::string without_original(std::string_view bundle);

}  // namespace tieline::model
