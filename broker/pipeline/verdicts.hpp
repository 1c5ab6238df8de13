#pragma once

#include "broker/base/async.hpp"
#include "broker/base/ids.hpp"
#include "broker/model/issue.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace tieline::pipeline {

/// The one way back in the flow (design, section 1): sessions of listeners with `ack: processed` wait here for what normalising
/// said of their message, by its journal offset. The worker completes an offset with a value, before or after the session asks.
class verdicts {
public:
    /// What normalising said: the issues, with an error among them when the message is refused. Safe from any thread.
    void complete(offset at, model::issues found);

    /// The verdict on an offset, waiting up to `limit` for it; none when the time ran out. On the session's own thread.
    asio::awaitable<std::optional<model::issues>> wait(offset at, std::chrono::milliseconds limit);

private:
    // The latest are kept, also after they were asked for: a sender that resends while its first message is being processed
    // gets the same verdict.
    static constexpr std::size_t kept = 4096;

    struct waiter {
        asio::any_io_executor executor;
        std::shared_ptr<asio::steady_timer> timer;  // shared: completed from the worker's thread
    };
    std::optional<model::issues> find(offset at) const;

    mutable std::mutex mutex_;
    std::map<offset, model::issues> done_;
    std::multimap<offset, waiter> waiting_;
};

}  // namespace tieline::pipeline
