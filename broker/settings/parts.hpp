#pragma once

#include "broker/settings/settings.hpp"

namespace tieline::settings {

/// Each reads one part of the configuration file; what is wrong stays with its section until `finish`.
listener read_listener(const std::string& name, section from);
route read_route(section from);
destination read_destination(const std::string& name, section from);
bus read_bus(section from);
ops read_ops(section from);
retention read_retention(section from);

/// The site key where it can be had now, and the file where it is or is to be made.
void read_site_key(section root, configuration& into);

/// A fault at the key unless the name is 1 to 100 letters, digits and characters of `also`.
void check_name(section& from, std::string_view key, std::string_view name, std::string_view also = "._-");

/// A span above 0; a fault and the default otherwise.
milliseconds positive(section& from, std::string_view key, milliseconds otherwise);

/// The one key that says by what kind messages come or go (`mllp`, `http` …): the mapping that no read has asked for. Call when
/// all other keys are read. A fault and empty when there is none or more than one. Which kinds exist is known to their rooms.
std::string take_kind(section& from, std::string_view what, std::string_view example);

}  // namespace tieline::settings
