#pragma once

#include "adapters/fhir/request.hpp"
#include "broker/model/message.hpp"

#include <rapidjson/document.h>

#include <string_view>

namespace tieline::adapters::fhir {

/// Whether the positive answer speaks of what is in the resource; else it need not be read again.
bool speaks_of_content(const request& asked);

/// What the sender of a resource is told (design, section 7). `resource` is null where it could not be read.
/// `node` names this Tieline as the source of a message that answers one.
model::answer make_answer(const request& asked, const rapidjson::Value& resource, const model::verdict& verdict,
                          std::string_view node);

}  // namespace tieline::adapters::fhir
