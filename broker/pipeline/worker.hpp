#pragma once

#include "broker/bus/bus.hpp"
#include "broker/deliver/dispatcher.hpp"
#include "broker/journal/journal.hpp"
#include "broker/observe/board.hpp"
#include "broker/pipeline/current.hpp"
#include "broker/pipeline/later_answers.hpp"
#include "broker/pipeline/pacer.hpp"
#include "broker/pipeline/processing.hpp"
#include "broker/pipeline/verdicts.hpp"
#include "broker/pipeline/ways.hpp"
#include "broker/route/router.hpp"
#include "broker/store/store.hpp"

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace tieline::pipeline {

/// What the worker borrows; all outlive it.
struct worker_parts {
    store::store& store;
    journal::journal& journal;
    bus::bus& bus;
    deliver::dispatcher& dispatcher;
    observe::board& board;
    pipeline::pacer& pacer;
    pipeline::verdicts& verdicts;
    pipeline::later_answers& later;
    std::string node{};
    std::string site_key{};
    std::string topic_prefix{};
};

/// One message of a range, kept until its places on the bus are known.
struct finished {
    std::shared_ptr<const model::entry> entry{};
    processed what{};
    std::size_t records = 0;
    std::vector<deliver::queued> rows{};  ///< its deliveries
    bool answered_after_bus = false;      ///< `ack: published`
    model::outcome before{};              ///< of one that was Held and is released: what went on then does not go on again
};

/// The loop from journal to bus, on a thread of its own: normalises, decides, publishes, in offset order.
class worker {
public:
    worker(worker_parts parts, std::shared_ptr<ways> listeners, std::shared_ptr<const route::router> router);
    ~worker();

    /// Goes on with other listeners' adapters and routes, from the next message on; any thread.
    void reload(std::shared_ptr<ways> listeners, std::shared_ptr<const route::router> router);

    /// Processes once more a message that was Held before it reached the bus; any thread.
    void release(offset at);

    /// Publishes all that the journal holds, at the latest until `limit`, then ends. The journal has been stopped.
    void stop(std::chrono::milliseconds limit);

private:
    void run();
    bool step(std::chrono::milliseconds wait);
    bool publish(const std::vector<std::shared_ptr<const model::entry>>& entries, offset through, instant oldest);
    model::outcome outcome_of(offset at) const;
    finished add(const std::shared_ptr<const model::entry>& entry, bus::publication& range, bool again);
    void committed(std::vector<finished>& all, offset through);
    std::vector<std::shared_ptr<const model::entry>> released();

    worker_parts parts_;
    current<ways> ways_;
    current<const route::router> router_;
    std::mutex mutex_;
    std::vector<offset> released_;
    std::set<offset> releasing_;  // asked for and not yet published: a second wish for it is the same one
    offset through_{};
    std::atomic<bool> stopping_{false};
    std::atomic<std::int64_t> end_{0};  // steady clock, when stopping gives up
    std::thread thread_;
};

}  // namespace tieline::pipeline
