#pragma once

#include "broker/base/error.hpp"

#include <string>
#include <string_view>

namespace tieline::deliver::folder {

/// Writes the bytes to `path`.part, syncs, renames it to `path` and syncs the folder; blocks. What stood at `path` is replaced.
/// Errors: of the system; no `.part` stays then.
error_code write_file(const std::string& path, std::string_view bytes);

}  // namespace tieline::deliver::folder
