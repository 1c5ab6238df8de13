#pragma once

#include "broker/transport/http/options.hpp"

#include <string>

namespace tieline::transport::http {

/// The CapabilityStatement of a listener (R4 §4.1): what may be sent here, as configured.
std::string capability_statement(const options& of);

}  // namespace tieline::transport::http
