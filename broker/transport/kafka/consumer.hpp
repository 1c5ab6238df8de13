#pragma once

#include "broker/transport/kafka/options.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tieline::transport::kafka {

/// A record as it stands on the topic.
struct record {
    std::int32_t partition = 0;
    std::int64_t position = 0;
    std::string content_type{};  ///< of its header, where it has one
    std::string bytes{};
};

/// Partition → the position after the last record that needs no reading again.
using positions = std::map<std::int32_t, std::int64_t>;

/// Reads all partitions of a topic, assigned by hand: from where the group's committed offsets say, else from the beginning.
/// All calls block, and are made on one thread.
class consumer {
public:
    virtual ~consumer() = default;

    /// The records that come next, those of a partition in order, at most `most` and about 8 MiB; waits up to `limit` for the first.
    virtual std::vector<record> take(std::size_t most, std::chrono::milliseconds limit) = 0;

    /// Commits, now and then: what comes before these positions is durable elsewhere.
    virtual void stored(const positions& next) = 0;

    /// What keeps it from reading, in words; empty: nothing.
    virtual std::string trouble() const = 0;

    /// Commits what is stored and ends, within about `limit`.
    virtual void close(std::chrono::milliseconds limit) = 0;
};

std::unique_ptr<consumer> make_consumer(const options& given);

}  // namespace tieline::transport::kafka
