#pragma once

#include "broker/base/error.hpp"

#include <chrono>
#include <string>

namespace tieline::ops::admin {

/// Sends a line to the broker that runs on a data folder and waits for its answer, a line of at most 64 MiB. Blocks.
/// Errors: boost::system::errc::connection_refused when none runs there; timed_out; those of reading and writing.
result<std::string> ask(const std::string& data, std::string line, std::chrono::seconds limit);

}  // namespace tieline::ops::admin
