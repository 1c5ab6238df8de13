#pragma once

#include "broker/base/error.hpp"

namespace tieline::transport::mllp {

/// What can be wrong with the bytes on an MLLP connection.
enum class errc {
    broken_frame = 1,    ///< a start block inside a frame: the old frame is gone, the new one goes on
    frame_too_large,     ///< more than `max_frame` bytes
    too_much_outside,    ///< 64 KiB outside of frames, or as many broken frames, and no whole frame among them
    tls_not_expected,    ///< a TLS ClientHello on a plain port
    http_not_expected,   ///< an HTTP request on an MLLP port
};

error_code make_error_code(errc from);

}  // namespace tieline::transport::mllp

template <>
struct boost::system::is_error_code_enum<tieline::transport::mllp::errc> : std::true_type {};
