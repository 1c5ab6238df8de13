#pragma once

#include "broker/base/error.hpp"

#include <string>

namespace tieline::app {

/// The key of the hashes of patients' numbers, from its file; made there (32 random bytes in hex, mode 0600) at the first start.
/// Errors: the file can't be read or written.
result<std::string> site_key(const std::string& file);

}  // namespace tieline::app
