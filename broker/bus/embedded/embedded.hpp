#pragma once

#include "broker/bus/bus.hpp"

namespace tieline::bus::embedded {

/// The bus in the journal's own database: records, outcomes, deliveries and the cursor are one batch. Nothing else
/// has to run.
std::unique_ptr<bus> make_bus(const settings::bus& given, parts from, model::issues& found);
void check(const settings::bus& given, model::issues& found);

}  // namespace tieline::bus::embedded
