#pragma once

#include "broker/base/error.hpp"
#include "broker/base/ids.hpp"
#include "broker/model/decision.hpp"
#include "broker/store/store.hpp"

#include <string>

namespace tieline::deliver {

/// What is sent of a message: its Bundle, with the message that it was made of or without, or the bytes as they were received.
/// Errors: store::errc::not_found, store::errc::corrupt, store::errc::failed.
result<std::string> read_content(store::store& from, offset at, model::content form);

}  // namespace tieline::deliver
