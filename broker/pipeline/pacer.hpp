#pragma once

#include "broker/base/async.hpp"
#include "broker/base/ids.hpp"
#include "broker/base/time.hpp"
#include "broker/observe/board.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>

namespace tieline::pipeline {

/// Keeps publishing at most a second behind while the bus is there (design, section 4): an ACK stream that starves the publisher
/// is not throughput. When publishing is further behind, one message is let in for every two that were published, so that a
/// backlog drains while senders go on. While the bus is away nobody waits: the journal grows on disk instead.
class pacer {
public:
    explicit pacer(observe::board& board) : board_(board) {}

    /// A range of `count` entries, the first of which came at `oldest`, was handed to the bus.
    void handed_over(instant oldest, std::size_t count);
    /// The oldest range that was handed over is on the bus, up to `through`.
    void published(offset through);
    /// Nothing waits to be handed over.
    void caught_up();

    /// Lets one message in; waits for its turn where publishing is behind, at most 10 s.
    asio::awaitable<void> pass();

private:
    struct range {
        instant oldest{};
        std::size_t count = 0;
    };
    bool lets_in();

    observe::board& board_;
    std::mutex mutex_;
    std::deque<range> ranges_;
    std::chrono::microseconds lag_{};  // of the range that was handed over last: what comes after it waits as long
    std::int64_t tickets_ = 0;  // half-messages published since intake last had to wait
};

}  // namespace tieline::pipeline
