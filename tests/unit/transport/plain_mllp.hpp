#pragma once

#include "broker/transport/mllp/framer.hpp"
#include "broker/transport/mllp/mllp.hpp"
#include "tests/unit/transport/wire.hpp"

namespace tieline::tests {

inline std::string answer_to(std::string_view message) { return transport::mllp::frame("ACK " + std::string(message)); }

/// What the listener says to the bytes.
inline std::string exchange(line& on, std::string_view bytes, std::size_t size)
{
    on.send(bytes);
    return on.receive(size);
}

struct mllp_listener : running_listener {
    explicit mllp_listener(const std::string& mllp = "port: 0", const std::string& more = "")
        : running_listener(transport::mllp::make_listener, "mllp: {" + mllp + "}" + more)
    {
        start();
    }
    std::uint16_t port() const { return listener->port(); }
};

}  // namespace tieline::tests
