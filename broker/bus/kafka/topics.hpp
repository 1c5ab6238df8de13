#pragma once

#include "broker/bus/kafka/producer.hpp"
#include "broker/observe/board.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tieline::bus::kafka {

/// The topics that records go to: each is made or found before the first record is sent to it. All calls but `settle`
/// are made with the bus's mutex held.
class topics {
public:
    topics(const settings::bus& given, observe::board& board)
        : partitions_(given.partitions), replication_(given.replication), board_(board)
    {
    }

    void want(const std::vector<std::string>& names);
    bool has(const std::string& name) const;

    /// The largest record that the topic takes, and the least of these of all topics.
    std::size_t most_bytes(const std::string& name) const;
    std::size_t least_most_bytes() const;

    /// A new producer has to see them all again.
    void want_again();

    /// Makes or finds those that are missing, now and then while that fails; takes the mutex itself, and not while it
    /// waits for the brokers. One that takes less than we send is looked at again from time to time.
    void settle(producer& with, std::mutex& mutex);

    /// What is wrong with a topic, in words; empty when nothing is. For the thread of `settle`.
    std::string complaint() const { return complaints_.empty() ? "" : complaints_.begin()->second; }

private:
    using clock = std::chrono::steady_clock;
    struct known {
        bool there = false;
        std::size_t most_bytes = 0;
        clock::time_point look_again = clock::time_point::max();
    };
    std::vector<std::string> due() const;
    void note(const std::string& name, const topic_state& found, std::size_t most_bytes);

    const std::int32_t partitions_;
    const std::int16_t replication_;
    observe::board& board_;
    std::map<std::string, known, std::less<>> topics_;
    std::map<std::string, std::string> complaints_;
    clock::time_point next_try_{};
};

}  // namespace tieline::bus::kafka
