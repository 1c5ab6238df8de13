#pragma once

#include "broker/observe/board.hpp"
#include "broker/settings/settings.hpp"
#include "broker/store/store.hpp"

#include <string>

namespace tieline::ops {

/// All metrics in Prometheus' text format 0.0.4: the board, the disk, the process. Their names are listed in the README of
/// this room; each begins with `tieline_`.
std::string metrics(observe::board& board, store::store& from, const settings::configuration& given);

}  // namespace tieline::ops
