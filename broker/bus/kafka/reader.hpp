#pragma once

#include "broker/bus/kafka/admin.hpp"
#include "broker/bus/kafka/progress.hpp"
#include "broker/bus/kafka/properties.hpp"

#include <chrono>
#include <functional>

namespace tieline::bus::kafka {

/// All that is committed on partition 0 of a topic, oldest first, up to and with position `last`, which must be committed
/// itself: so nothing before it can still be open, whatever the broker says of the topic's end. Blocks, at most `limit` or
/// until `stopping`.
said<std::vector<note>> read_notes(const properties& given, const std::string& topic, std::int64_t last,
                                   std::chrono::milliseconds limit, const std::function<bool()>& stopping);

}  // namespace tieline::bus::kafka
