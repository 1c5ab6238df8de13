#pragma once

#include "broker/model/decision.hpp"
#include "broker/model/message.hpp"

#include <string>
#include <string_view>

namespace tieline::pipeline {

/// The headers of a message's record on the bus: CloudEvents 1.0 in Kafka's binary binding (`ce_id`, `ce_type`, …), the content
/// type, and a W3C `traceparent` made from the Tieline id. Nothing of the patient is in them.
std::vector<std::pair<std::string, std::string>> cloud_event_headers(std::string_view node, const model::entry& entry,
                                                                     const model::envelope& envelope,
                                                                     const model::topic_choice& choice);

}  // namespace tieline::pipeline
