#pragma once

#include "broker/base/error.hpp"
#include "broker/model/decision.hpp"
#include "broker/observe/board.hpp"
#include "broker/settings/settings.hpp"
#include "broker/store/store.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tieline::ops {

// What people ask, answered as JSON (the shapes stand in this room's README). No content and no patient data in any of it.

/// How many rows of a listing are looked at.
inline constexpr std::size_t most_rows = 10'000;

/// The state of all parts, from the board of the running broker.
std::string status(observe::board& board, store::store& from, const settings::configuration& given);

/// The same of a broker that does not run: what its store and its configuration say.
std::string status_at_rest(store::store& from, const settings::configuration& given);

/// The whole way of each message with this Tieline id or control id: an array, newest first, at most 20.
/// Errors: those of the store.
result<std::string> traces(store::store& from, std::string_view node, std::string_view id);

/// What stands Held at a destination (empty: at all, and before the bus): an array, oldest first, at most `most_rows`.
/// Errors: those of the store.
result<std::string> held(store::store& from, std::string_view node, std::string_view destination);

/// How many rows of a destination's queue are in that state; stops counting at `most_rows`.
std::size_t count_rows(store::store& from, std::string_view destination, model::delivery_state state);

}  // namespace tieline::ops
