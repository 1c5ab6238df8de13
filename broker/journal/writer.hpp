#pragma once

#include "broker/journal/disk_room.hpp"
#include "broker/journal/duplicates.hpp"
#include "broker/journal/inbox.hpp"
#include "broker/journal/syncer.hpp"

#include <atomic>
#include <memory>
#include <thread>

namespace tieline::journal {

/// The one thread that writes entries. It takes all that wait, decides duplicates and writes one batch, which the syncer then
/// makes durable; meanwhile the next batch is written.
class writer {
public:
    writer(store::store& in, const options& given, offset last, ring& out);
    ~writer();

    /// Any thread. The session is resumed on its executor, always.
    void submit(std::unique_ptr<waiting> one);

    bool has_room() const { return room_.seen(); }
    std::size_t bytes_waiting() const { return bytes_waiting_ + syncer_.bytes(); }

    /// Writes what was submitted, then ends the thread; whoever submits later is told so.
    void stop();

private:
    void run();
    void write(sessions of);
    bool decide(waiting& one, store::batch& changes);
    void add(waiting& one, store::batch& changes);

    store::store& store_;
    syncer syncer_;
    disk_room room_;
    duplicates duplicates_;
    offset last_;
    std::int64_t last_second_;  ///< that has its key in the index

    const std::shared_ptr<inbox> inbox_ = std::make_shared<inbox>();
    std::atomic<std::size_t> bytes_waiting_{0};
    std::thread thread_;
};

}  // namespace tieline::journal
