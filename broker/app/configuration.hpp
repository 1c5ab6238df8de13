#pragma once

#include "adapters/adapter.hpp"
#include "broker/pipeline/ways.hpp"
#include "broker/settings/settings.hpp"

#include <memory>
#include <string>

namespace tieline::app {

/// The file of `--config`: the one given, else `tieline.yaml` here, else `/etc/tieline/tieline.yaml`.
std::string configuration_file(const std::string& given);

/// Reads a configuration and has every room check its part: listeners, adapters with their overlays, bus, destinations are made
/// and thrown away, opening nothing. All faults at once go into `found`.
settings::configuration load_and_check(const std::string& file, model::issues& found);

/// Prints issues to standard error, one a line: `file:line: error: what, and what was expected`.
void print(const model::issues& found);

/// The adapter of a listener as its configuration says. Faults go into `found`; null then.
std::unique_ptr<adapters::adapter> make_adapter(const settings::listener& from, const std::string& node, model::issues& found,
                                                bool explain = false);

/// The adapters of all listeners, and of those that are leaving and have no successor. Faults go into `found`; null then.
std::shared_ptr<pipeline::ways> make_ways(const settings::configuration& given, const std::vector<settings::listener>& leaving,
                                          model::issues& found);

}  // namespace tieline::app
