#pragma once

#include "broker/base/error.hpp"
#include "broker/deliver/destination.hpp"

namespace tieline::deliver {

/// What a try came to that ended without an answer: a failed TLS handshake is the destination's fault, all else goes later.
attempt no_answer(error_code why);

}  // namespace tieline::deliver
