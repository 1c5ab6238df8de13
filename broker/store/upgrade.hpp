#pragma once

#include "broker/store/store.hpp"

namespace tieline::store {

/// Brings what an older Tieline wrote up to date, a step for each format; can be begun again after it was cut off.
/// Errors: errc::failed.
error_code upgrade(store& in, std::uint64_t from_format);

}  // namespace tieline::store
