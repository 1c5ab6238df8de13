#pragma once

#include "broker/observe/board.hpp"
#include "broker/settings/settings.hpp"
#include "broker/store/store.hpp"

namespace tieline::ops {

/// Fills the board of a broker that does not run with what its store and its configuration say: positions, queues, pauses.
/// What can't be read stays 0.
void fill_at_rest(observe::board& board, store::store& from, const settings::configuration& given);

}  // namespace tieline::ops
