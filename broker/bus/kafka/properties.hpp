#pragma once

#include "broker/model/issue.hpp"
#include "broker/settings/settings.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tieline::bus::kafka {

/// librdkafka's properties by name, in the order in which they are set.
using properties = std::vector<std::pair<std::string, std::string>>;

/// Those of a bus: ours, then the configuration's. What would break a promise (`acks`, `enable.idempotence`, …) is an
/// issue and left out.
properties properties_of(const settings::bus& given, const std::string& node, model::issues& found);

}  // namespace tieline::bus::kafka
