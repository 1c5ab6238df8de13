#pragma once

#include "broker/bus/bus.hpp"

namespace tieline::bus::kafka {

/// The bus on Kafka (librdkafka): idempotent, `acks=all`, lz4, nothing is ever dropped. This room's README says what
/// happens when Kafka is away.
std::unique_ptr<bus> make_bus(const settings::bus& given, parts from, model::issues& found);

/// Servers and properties, with librdkafka's own words about what it does not take.
void check(const settings::bus& given, model::issues& found);

}  // namespace tieline::bus::kafka
