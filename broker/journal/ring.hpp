#pragma once

#include "broker/model/message.hpp"
#include "broker/store/store.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace tieline::journal {

using entries = std::vector<std::shared_ptr<const model::entry>>;

/// Hands durable entries from the writer to the pipeline, in order, each once: from memory while the pipeline keeps
/// up, else from the disk. What the ring holds is always without a gap; when it is full it takes nothing more
/// (`behind_`) until the pipeline has read from the disk to within one read of the end. Then it begins again behind
/// what that read covers.
class ring {
public:
    /// `after`: the last offset that was handed on before; `last`: the newest in the store.
    ring(store::store& from, offset after, offset last, std::size_t most_bytes);

    /// For the writer: these follow those before them without a gap and are in the store.
    void push(const entries& fresh);

    /// For the pipeline: see journal::next.
    entries next(std::chrono::milliseconds limit);

    offset last() const;
    std::size_t bytes() const;

private:
    entries take();
    entries read(offset until);
    void give_up_before(offset at);
    void give_up(offset at);

    store::store& store_;
    const std::size_t most_bytes_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<const model::entry>> held_;
    std::size_t bytes_ = 0;
    offset last_;           ///< in the store
    offset given_;          ///< handed to the pipeline; changed by its thread only
    bool behind_;           ///< the store has more than the ring
};

}  // namespace tieline::journal
