#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::app::send {

/// Where `tieline send` sends to, or `tieline receive` listens: `mllp://HOST:PORT`, `mllps://…`, `http://HOST:PORT/fhir`, `https://…`.
struct target {
    enum class protocol { mllp, fhir };
    protocol what = protocol::mllp;
    bool secure = false;
    std::string host{};
    std::uint16_t port = 0;
    std::string path{};  ///< `/fhir`, without a final slash
};

/// None when it is no such URL. MLLP's port must be there; HTTP's is 80 or 443 where absent. `[::1]` for IPv6.
std::optional<target> parse_target(std::string_view url);

}  // namespace tieline::app::send
