#pragma once

#include "broker/bus/kafka/producer.hpp"
#include "broker/bus/kafka/window.hpp"
#include "broker/store/store.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace tieline::bus::kafka {

/// Onto Kafka exactly once: one transaction at a time, which carries whole ranges and, on `<prefix>_progress`, how far they
/// go. A new producer first takes over: it fences the one before it, reads the progress that is committed, and goes on from
/// there or stops (this room's README). For the bus's thread.
class transactions {
public:
    transactions(const settings::bus& given, const parts& from);

    /// The producer is another one: what was under way may be on Kafka or not.
    void producer_is_new();

    /// Does what is left of taking over, a step at a time; `stopping` ends it early. True once it is done.
    bool take_over(producer& with, const std::function<bool()>& stopping);

    bool ready() const { return phase_ == phase::ready; }

    /// Why nothing more may be published by this process, in words; empty while it may.
    const std::string& stopped() const { return stopped_; }
    /// What keeps taking over from getting on, in words.
    const std::string& trouble() const { return trouble_; }

    /// Whether the range may go into the transaction that is open; opens one where there is none. Marks what Kafka holds.
    bool add(producer& with, window::range& one);

    /// Commits what is open when it is due, or `now`: how many ranges are confirmed by that, in the window's order.
    std::size_t end(producer& with, bool now);

    /// How long until what is open is due, at most `limit`.
    std::chrono::milliseconds until_due(std::chrono::milliseconds limit) const;

    /// Something got on, or nothing can at present.
    void got_on() { last_step_ = clock::now(); }
    /// Whether nothing has got on for so long, with something to do, that librdkafka must be stuck.
    bool stuck() const;

private:
    enum class phase { topic, fence, hello, read, adopt, ready };
    using clock = std::chrono::steady_clock;

    bool step_over(producer& with, const std::function<bool()>& stopping);
    bool ensure_topic(producer& with);
    bool commit_notes(producer& with, const std::vector<note>& notes);
    void take_report(const delivery_report& report);
    bool read_back(const std::function<bool()>& stopping);
    void judge(progress there);
    bool adopted();
    std::vector<note> closing_notes() const;
    void stop(std::string why);

    const std::string topic_;
    const std::string node_;
    const std::int16_t replication_;
    const properties reading_;
    store::store& store_;

    phase phase_ = phase::topic;
    bool sent_ = false;             ///< the notes of this phase, or of the transaction that is ending
    std::int64_t hello_at_ = -1;
    clock::time_point next_try_{};
    clock::time_point last_step_ = clock::now();
    std::string stopped_;
    std::string trouble_;

    std::string journal_;           ///< our journal's name for itself; empty until it has one
    bool adopting_ = false;         ///< whatever Kafka says is no longer ours to go by
    progress there_{};              ///< what Kafka held when the producer took over
    offset through_{};              ///< confirmed
    offset newest_{};               ///< no transaction of ours went further

    std::size_t open_ranges_ = 0;
    std::size_t open_records_ = 0;
    std::size_t open_bytes_ = 0;
    offset open_through_{};
    std::vector<offset> open_released_;
    clock::time_point opened_{};
};

/// Says in the store that this journal publishes without transactions, so that a later return to them begins anew.
error_code forget_progress(store::store& in);

}  // namespace tieline::bus::kafka
