#pragma once

#include "broker/model/issue.hpp"
#include "broker/rdkafka/client.hpp"
#include "broker/settings/settings.hpp"

#include <string>

namespace tieline::bus::kafka {

using rdkafka::properties;

/// Those of a bus's producer: ours, then the configuration's. What would break a promise (`acks`, `transactional.id`, …) is an
/// issue and left out.
properties properties_of(const settings::bus& given, const std::string& node, model::issues& found);

/// Those of its reader.
properties reader_properties(const settings::bus& given, const std::string& node);

}  // namespace tieline::bus::kafka
