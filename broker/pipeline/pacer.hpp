#pragma once

#include "broker/base/async.hpp"
#include "broker/base/ids.hpp"
#include "broker/base/time.hpp"
#include "broker/observe/board.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

namespace tieline::pipeline {

/// Keeps publishing at most a second behind while the bus is there (design, section 4): an ACK stream that starves the publisher
/// is not throughput. When what is stored and not published comes near to what is published in a second, a message is let in for
/// each one that was published; when publishing is a second behind, one for every two, so that a backlog drains while senders go
/// on. They are let in in the order in which they came. While the bus is away nobody waits: the journal grows on disk instead.
class pacer {
public:
    explicit pacer(observe::board& board) : board_(board) {}

    /// A range of `count` entries, the first of which came at `oldest`, was handed to the bus.
    void handed_over(instant oldest, std::size_t count);
    /// The oldest range that was handed over is on the bus, up to `through`.
    void published(offset through);
    /// Nothing waits to be handed over.
    void caught_up();

    /// Lets one message in; waits for its turn where publishing is behind, at most 10 s. `last` is the journal's newest.
    asio::awaitable<void> pass(offset last);

private:
    struct range {
        instant oldest{};
        std::size_t count = 0;
    };
    struct waiting {
        explicit waiting(asio::any_io_executor on) : turn(std::move(on)) {}
        asio::steady_timer turn;  ///< cancelled when it has come
        std::atomic<bool> let_in{false};
    };
    using clock = std::chrono::steady_clock;

    bool lets_in();
    void measure(std::size_t count);
    void let_in_next();
    void leave(const std::shared_ptr<waiting>& one);

    observe::board& board_;
    std::mutex mutex_;
    std::deque<range> ranges_;
    std::chrono::microseconds lag_{};  // of the range that was handed over last: what comes after it waits as long
    offset last_{}, through_{};        // stored, as far as known here, and published
    std::int64_t tickets_ = 0;         // half-messages published since intake last had to wait
    std::deque<std::shared_ptr<waiting>> waiting_;

    // Messages published a second, while there were any to publish; 0: not known yet.
    double rate_ = 0;
    bool idle_ = true;
    clock::time_point since_{};
    std::chrono::duration<double> measured_time_{};
    std::size_t measured_count_ = 0;
};

}  // namespace tieline::pipeline
