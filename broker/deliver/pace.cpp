#include "broker/deliver/pace.hpp"

namespace tieline::deliver {

instant pace::failed(instant at, bool whole, std::uint32_t tries, std::optional<std::chrono::milliseconds> asked)
{
    failures_++;
    if (!whole && failures_ <= connections_ && connections_ > 1 && !down())
        return at + backoff_.after(tries, asked);
    // What was under way when the destination went down fails too, and says nothing new.
    if (!next_try_ || *next_try_ <= at || asked) {
        probes_++;
        next_try_ = at + backoff_.after(probes_, asked);
    }
    return *next_try_;
}

void pace::answered()
{
    failures_ = 0;
    probes_ = 0;
    next_try_.reset();
}

std::uint32_t pace::allowed(instant at) const
{
    if (!next_try_)
        return connections_;
    return *next_try_ <= at ? 1 : 0;
}

}  // namespace tieline::deliver
