#include "broker/transport/mllp/errc.hpp"

#include <string>

namespace tieline::transport::mllp {
namespace {

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "mllp"; }
    std::string message(int code) const override
    {
        switch (static_cast<errc>(code)) {
        case errc::broken_frame: return "a start block inside a frame, the begun frame is broken";
        case errc::frame_too_large: return "the frame is larger than the listener allows";
        case errc::too_much_outside: return "too many bytes outside of a frame, this is not MLLP";
        case errc::tls_not_expected: return "TLS on a plain MLLP port";
        case errc::http_not_expected: return "HTTP on an MLLP port";
        }
        return "unknown";
    }
};

}  // namespace

error_code make_error_code(errc from)
{
    static const category mllp_category;
    return {static_cast<int>(from), mllp_category};
}

}  // namespace tieline::transport::mllp
