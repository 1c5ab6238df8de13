#pragma once

#include "broker/base/error.hpp"
#include "broker/base/ids.hpp"
#include "broker/model/decision.hpp"
#include "broker/store/store.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::deliver {

// The durable queue: family `delivery`, key = destination, a zero byte, `w` (waiting) or `h` (held), the offset; only what is
// unfinished stands in it.

std::string row_key(std::string_view destination, model::delivery_state state, offset at);
offset offset_in(std::string_view key);
std::string pack(const model::delivery& row);

/// None when the value is of no form that this Tieline writes.
std::optional<model::delivery> unpack(std::string_view value);

/// The row of a message in that state; none when there is no such row. Errors: store::errc::corrupt, store::errc::failed.
result<std::optional<model::delivery>> read_row(store::store& from, std::string_view destination,
                                                model::delivery_state state, offset at);

/// Calls `each` for the rows of a destination in that state with offsets after `after`, oldest first, until it returns false. Rows
/// that can't be read are passed over; `passed_over` gets the first offset that may be among them and the first behind those.
error_code scan_rows(store::store& from, std::string_view destination, model::delivery_state state, offset after,
                     const std::function<bool(offset at, const model::delivery& row)>& each,
                     const std::function<void(offset first, offset until)>& passed_over = {});

/// The destinations that have a row, configured or not; looks at one row of each. `passed_over` is set where rows could not be read, so
/// that a name may be missing.
result<std::vector<std::string>> destinations_with_rows(store::store& from, bool* passed_over = nullptr);

}  // namespace tieline::deliver
