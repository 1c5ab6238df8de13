#include "broker/deliver/outlet.hpp"

#include "broker/base/sabotage.hpp"
#include "broker/deliver/content.hpp"
#include "broker/observe/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <random>

namespace tieline::deliver {
namespace {

using observe::log;

// A second message of a destination is not begun above this; so memory is at most this and one message for each destination.
constexpr std::size_t most_bytes_under_way = 32U << 20;
constexpr int most_in_a_row = 256;  // messages that a lane sends before the other destinations get a turn

}  // namespace

outlet::outlet(settings::destination given, std::shared_ptr<destination> way_out, surroundings& among)
    : given_(std::move(given)), way_out_(std::move(way_out)), among_(among), row_(among.board.destination(given_.name)),
      timer_(among.context), stock_(given_.name, given_.connections == 1, among.store, among.writes),
      pace_(given_.retry, given_.connections, std::random_device()())
{
    show_way_out();
    if (auto kept = read_pause(among_.store, given_.name); kept && *kept)
        paused_ = std::move(**kept);
    tell();
}

void outlet::start()
{
    if (const auto failed = stock_.open(among_.perhaps_sent))
        log.error("deliver.queue_not_readable", {{"destination", name()}, {"reason", failed.message()}});
    count_backlog();
    pump();
}

void outlet::replace(settings::destination given, std::shared_ptr<destination> way_out)
{
    log.info("deliver.destination_changed", {{"destination", name()}});
    given_ = std::move(given);
    if (way_out_)
        way_out_->close();
    way_out_ = std::move(way_out);
    show_way_out();
    stock_.regroup(given_.connections == 1);
    pace_ = pace(given_.retry, given_.connections, std::random_device()());
    stock_.retry_now();
    pump();
}

void outlet::take_away()
{
    if (!way_out_)
        return tell();
    log.info("deliver.destination_removed", {{"destination", name()}, {"waiting", stock_.backlog()}, {"held", stock_.held()}});
    way_out_->close();
    way_out_.reset();
    show_way_out();
    wake_when_due();
    tell();
}

void outlet::show_way_out()
{
    among_.board.show_destination(name());
    row_.kind.set(way_out_ ? given_.kind : "");
    row_.address.set(way_out_ ? way_out_->address() : "");
}

void outlet::retire()
{
    retired_ = true;
    timer_.cancel();
    if (way_out_)
        way_out_->close();
}

void outlet::cancel()
{
    cancelled_ = true;
    for (auto& one : cancels_)
        one.emit(asio::cancellation_type::terminal);
}

void outlet::pump()
{
    while (may_send(running_ + 1) && stock_.has_next(now())) {
        running_++;
        auto& signal = cancels_.emplace_back();
        const auto place = std::prev(cancels_.end());
        asio::co_spawn(among_.context, run_lane(shared_from_this()),
                       asio::bind_cancellation_slot(signal.slot(), [self = shared_from_this(), place](std::exception_ptr) {
                           // Later: the signal may be what ends the lane just now.
                           asio::post(self->among_.context, [self, place] { self->cancels_.erase(place); });
                           self->lane_ended();
                       }));
    }
    wake_when_due();
    tell();
}

// Whether that many lanes may be at work now.
bool outlet::may_send(std::size_t lanes_at_work)
{
    if (!way_out_ || retired_ || cancelled_ || paused_ || among_.writes.failed())
        return false;
    if (lanes_at_work > 1 && among_.bytes_under_way > most_bytes_under_way)
        return false;
    return lanes_at_work <= pace_.allowed(now());
}

asio::awaitable<void> outlet::run_lane(std::shared_ptr<outlet> self)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    for (int sent = 1; self->may_send(self->running_); sent++) {
        const auto at = self->stock_.next(now());
        if (!at)
            break;
        auto one = self->load(*at);
        if (!one)
            continue;
        const auto size = one->bytes.size();
        self->among_.bytes_under_way += size;
        auto trying = try_once(self->way_out_, std::move(*one));
        auto came = co_await std::move(trying);
        if (came.what == attempt::verdict::delivered)
            die_at("acknowledged");
        else if (sabotaged("credit"))
            came.what = attempt::verdict::delivered;
        self->among_.bytes_under_way -= size;
        if (self->cancelled_)
            break;
        self->settle(*at, came);
        self->pump();
        if (sent % most_in_a_row == 0)
            co_await asio::post(asio::use_awaitable);
    }
}

// A kind that throws has not delivered; its words may hold anything and are not repeated.
asio::awaitable<attempt> outlet::try_once(std::shared_ptr<destination> way_out, parcel one)
{
    try {
        auto sending = way_out->send(std::move(one));
        co_return co_await std::move(sending);
    } catch (const std::exception&) {
        log.error("deliver.send_threw", {{"address", way_out->address()}});
    }
    co_return attempt{.reason = "sending failed inside Tieline", .destination_down = true};
}

void outlet::lane_ended()
{
    running_--;
    if (!cancelled_)
        pump();
}

// The parcel of a message that is marked as being sent; none when its content can't be had, and then it is Held.
std::optional<parcel> outlet::load(offset at)
{
    auto& what = *stock_.find(at);
    parcel one{.at = at, .id = tieline_id(among_.node, at), .form = what.row.form};
    one.tries = what.row.tries;
    one.answered = what.answered;
    one.repeated = what.repeated || what.row.tries > 0;
    if (!way_out_->needs_content())
        return one;
    if (what.row.form == model::content::acknowledgment) {
        one.bytes = what.row.acknowledgment;
        return one;
    }
    auto content = read_content(among_.store, at, what.row.form);
    if (content) {
        one.bytes = std::move(*content);
        if (sabotaged("change", 100))
            one.bytes.back() = '.';
        return one;
    }
    const auto why = content.error().message();
    const attempt came{.what = attempt::verdict::hold, .reason = "its content can't be read: " + why};
    log.error("deliver.content_not_readable", {{"destination", name()}, {"offset", at.value}, {"reason", why}});
    tell_failure(came);
    keep_held(at, what, came);
    apply_pending(at);
    return std::nullopt;
}

// Wakes up when a try is due that nothing else will begin.
void outlet::wake_when_due()
{
    timer_.cancel();
    if (retired_)
        return;
    auto due = pace_.down() ? pace_.next_try() : stock_.next_due();
    if (paused_ || !way_out_)
        due.reset();
    row_.next_try.set(due && stock_.backlog() > 0 ? due->time_since_epoch().count() : 0);
    if (!due || (running_ > 0 && pace_.down()))
        return;
    timer_.expires_after(std::max<instant::duration>(*due - now(), std::chrono::milliseconds(1)));
    timer_.async_wait([self = shared_from_this()](error_code cancelled) {
        if (!cancelled)
            self->pump();
    });
}

void outlet::count_backlog()
{
    among_.writes.flush();
    if (!retired_ && stock_.count_some())
        asio::post(among_.context, [self = shared_from_this()] { self->count_backlog(); });
    tell();
}

}  // namespace tieline::deliver
