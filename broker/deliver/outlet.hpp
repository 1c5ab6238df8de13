#pragma once

#include "broker/base/async.hpp"
#include "broker/deliver/destination.hpp"
#include "broker/deliver/dispatcher.hpp"
#include "broker/deliver/hold_streak.hpp"
#include "broker/deliver/ledger.hpp"
#include "broker/deliver/pace.hpp"
#include "broker/deliver/pauses.hpp"
#include "broker/deliver/stock.hpp"
#include "broker/observe/board.hpp"
#include "broker/settings/compare.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tieline::deliver {

/// What the destinations of one delivery thread share.
struct surroundings {
    asio::io_context& context;
    store::store& store;
    observe::board& board;
    ledger& writes;
    std::string node{};
    bool perhaps_sent = false;        ///< the last run did not end cleanly: see stock::open
    std::size_t bytes_under_way = 0;  ///< of content in memory, of all destinations
};

/// Told once what came of an order, in words; empty: done.
using told = std::function<void(std::string)>;

/// One destination at work: what it sends next, tries, holds, its pause, its row on the board. All calls on the delivery thread.
/// Its sends own it too: a send may end after a reload has taken the destination away, hence shared pointers.
class outlet : public std::enable_shared_from_this<outlet> {
public:
    /// Without a way out it is one that is not configured: its messages wait, and can be held or skipped.
    outlet(settings::destination given, std::shared_ptr<destination> way_out, surroundings& among);

    /// Reads what the store has of it and begins to deliver.
    void start();

    /// Goes on with new settings and a new way out; queue, tries and pause stay. What is being sent ends on the old one.
    void replace(settings::destination given, std::shared_ptr<destination> way_out);
    /// It is no longer configured: what is being sent ends, the rest waits.
    void take_away();
    bool configured() const { return way_out_ != nullptr; }
    bool same_as(const settings::destination& given) const { return configured() && settings::same(given_, given); }
    /// Not configured, and nothing is left of it.
    bool is_over() const { return !configured() && running_ == 0 && stock_.backlog() + stock_.held() == 0; }

    /// A waiting row is in the store now. Call `pump` after the last.
    void offer(offset at, const model::delivery& row) { stock_.offer(at, row); }
    /// That many more are, which nobody names.
    void missed(std::size_t rows) { stock_.missed(rows); }
    /// Begins what can be begun.
    void pump();

    /// Does it or says why not: at once, or when the try under way has ended.
    void carry_out(const order& given, told done);
    /// Both give the reason why not; empty when done.
    std::string pause(std::string_view reason, std::string_view who);
    std::string resume(std::string_view who);

    /// Begins nothing more.
    void retire();
    /// Ends the tries under way; what came of them is not known then.
    void cancel();
    std::size_t under_way() const { return running_; }
    const std::string& name() const { return given_.name; }

private:
    static asio::awaitable<void> run_lane(std::shared_ptr<outlet> self);
    static asio::awaitable<attempt> try_once(std::shared_ptr<destination> way_out, parcel one);
    bool may_send(std::size_t lanes_at_work);
    std::optional<parcel> load(offset at);
    void lane_ended();
    void wake_when_due();
    void count_backlog();
    void show_way_out();

    void settle(offset at, const attempt& came);
    void finish(offset at, const waiting& what, const attempt& came);
    void try_again(offset at, waiting& what, const attempt& came);
    void hold(offset at, waiting& what, const attempt& came);
    void keep_held(offset at, const waiting& what, const attempt& came);
    void pause_itself();

    std::string apply(const order& given);
    std::string move(const order& given, const std::optional<model::delivery>& waiting,
                     const std::optional<model::delivery>& held);
    void apply_pending(offset at);

    void tell();
    void tell_failure(const attempt& came);

    settings::destination given_;
    std::shared_ptr<destination> way_out_;
    surroundings& among_;
    observe::destination_row& row_;
    asio::steady_timer timer_;
    stock stock_;
    pace pace_;
    hold_streak streak_;
    std::optional<paused> paused_;
    std::list<asio::cancellation_signal> cancels_;            // of the lanes at work
    std::multimap<offset, std::pair<order, told>> pending_;  // orders on what is being sent
    std::string state_;         // as it stands on the board
    std::size_t running_ = 0;   // lanes at work
    bool tried_ = false;
    bool retired_ = false;
    bool cancelled_ = false;
};

}  // namespace tieline::deliver
