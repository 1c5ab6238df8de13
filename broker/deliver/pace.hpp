#pragma once

#include "broker/base/time.hpp"
#include "broker/deliver/backoff.hpp"

#include <cstdint>
#include <optional>

namespace tieline::deliver {

/// Whether a destination as a whole may be tried: as many at once as it has connections while it is up; while it is down nothing
/// until the next try is due, and then one message, the probe. No clock of its own: moments are passed in.
class pace {
public:
    pace(settings::retry given, std::uint32_t connections, std::uint32_t seed)
        : backoff_(given, seed), connections_(connections)
    {
    }

    /// A try failed. `whole`: the destination can't be reached or takes nothing now; else the message alone may be the cause,
    /// until more fail in a row than there are connections. `tries` are that message's, this one among them.
    /// Returns when the message may go again.
    instant failed(instant at, bool whole, std::uint32_t tries, std::optional<std::chrono::milliseconds> asked);

    /// The receiver took a message or refused it as wrong: it is there.
    void answered();

    /// A person asked for it: what was down is tried at once.
    void retry_now() { answered(); }

    std::uint32_t allowed(instant at) const;
    bool down() const { return next_try_.has_value(); }
    std::optional<instant> next_try() const { return next_try_; }

private:
    backoff backoff_;
    std::uint32_t connections_;
    std::uint32_t failures_ = 0;  // in a row, of messages while up, of probes while down
    std::uint32_t probes_ = 0;    // that failed in a row
    std::optional<instant> next_try_;
};

}  // namespace tieline::deliver
