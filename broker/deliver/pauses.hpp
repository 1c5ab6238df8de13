#pragma once

#include "broker/base/error.hpp"
#include "broker/base/time.hpp"
#include "broker/store/store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tieline::deliver {

/// A pause of a destination; it survives restarts (family `meta`, key `paused/` and the destination).
struct paused {
    std::string who{};     ///< `uid 1000`; empty: it paused itself
    std::string reason{};
    instant at{};
};

void put_pause(store::batch& in, std::string_view destination, const paused& what);
void erase_pause(store::batch& in, std::string_view destination);

/// None when it is not paused. Errors: store::errc::corrupt, store::errc::failed.
result<std::optional<paused>> read_pause(store::store& from, std::string_view destination);

/// `paused by uid 1000: reason`, `paused itself: reason`.
std::string to_text(const paused& what);

}  // namespace tieline::deliver
