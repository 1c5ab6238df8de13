#pragma once

#include "broker/bus/bus.hpp"
#include "broker/bus/kafka/producer.hpp"

#include <deque>
#include <optional>

namespace tieline::bus::kafka {

/// The ranges that were taken and are not confirmed yet, in order. A plain value: no thread, no Kafka.
class window {
public:
    struct range {
        publication what{};
        std::vector<placement> places{};
        std::vector<bool> reported{};
        std::size_t missing = 0;   ///< records without a report
        std::size_t sent = 0;      ///< records before this one were handed to the producer
        std::size_t bytes = 0;
        bool begun = false;        ///< it may be handed to the producer
        bool released = false;     ///< its messages were Held when it was their turn: it moves no position
    };

    /// `published`: the range before the first one ended there.
    window(std::size_t most_bytes, std::size_t most_records, offset published = {})
        : most_bytes_(most_bytes), most_records_(most_records), through_(published)
    {
    }

    /// Whether another range may be added: a range that is too large alone may when there is no other.
    bool has_room() const;
    void add(publication what);

    /// Calls `begin` with every range whose turn it is for the first time, then `send` with each of its records that was not
    /// handed over yet, in order, until one of them returns false.
    void send(const std::function<bool(range& one)>& begin,
              const std::function<bool(const model::record& one, std::uint64_t id)>& send);

    /// For `begin`: no record of this message is to be sent, and its places say why.
    static void refuse(range& in, offset message, const std::string& why);

    /// For `begin`: what Kafka holds is not to be sent.
    static void skip(range& in, const progress& there);

    /// Notes a record's report. One that is not waited for (of a range that was confirmed) changes nothing.
    void note(const delivery_report& report);

    /// The first range when all its records are reported; it leaves the window.
    std::optional<range> take_confirmed();

    /// Everything without a report is to be handed over again, and with it what was reported behind it under the same
    /// key: a reader sees a record twice rather than two in the wrong order.
    void send_again();

    /// Everything is to be handed over again, whatever was reported: `begin` says what Kafka holds. Places are kept.
    void start_over();

    bool empty() const { return ranges_.empty(); }
    std::size_t bytes() const { return bytes_; }

private:
    const std::size_t most_bytes_;
    const std::size_t most_records_;
    std::deque<range> ranges_;
    offset through_{};
    std::uint64_t first_ = 0;  ///< number of the first range since the start
    std::size_t bytes_ = 0;
    std::size_t records_ = 0;
};

}  // namespace tieline::bus::kafka
