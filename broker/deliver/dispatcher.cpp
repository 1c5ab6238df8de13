#include "broker/deliver/dispatcher.hpp"

#include "broker/base/sabotage.hpp"
#include "broker/deliver/orders.hpp"
#include "broker/deliver/queue.hpp"
#include "broker/deliver/running.hpp"
#include "broker/observe/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <pthread.h>

#include <future>
#include <set>

namespace tieline::deliver {
namespace {

using namespace std::chrono_literals;
using observe::log;

constexpr auto answer_within = 10s;   // of an order
constexpr auto cancel_within = 2s;    // of tries that a stop cuts off
constexpr auto look_again = 5ms;
constexpr auto busy = "the delivery thread is busy; it will be done when that is over";

// Stands in family `meta` while nothing is sent whose end is not written down.
constexpr std::string_view clean_stop = "deliver/clean";

// Whether the last run ended so; this one has not yet.
bool take_clean_stop(store::store& from)
{
    const auto mark = from.get(store::family::meta, clean_stop);
    store::batch changes;
    forget_clean_stop(changes);
    return !from.commit(std::move(changes), store::durability::buffered) && mark && *mark;
}

void put_clean_stop(store::store& in)
{
    store::batch changes;
    changes.put(store::family::meta, clean_stop, "1");
    in.commit(std::move(changes), store::durability::buffered);
}

}  // namespace

void forget_clean_stop(store::batch& in) { in.erase(store::family::meta, clean_stop); }

bool running::begin(const std::vector<settings::destination>& given, model::issues& found)
{
    auto all = make(given, found);
    if (!all)
        return false;
    among_.perhaps_sent = !take_clean_stop(parts_.store);
    for (auto& one : *all)
        outlets_.emplace(one.given.name, std::make_shared<outlet>(one.given, one.way_out, among_));
    std::promise<void> begun;
    asio::post(context_, [this, &begun] {
        for (auto& [name, one] : outlets_)
            one->start();
        take_in_strangers();
        begun.set_value();
    });
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "deliver");
        context_.run();
    });
    begun.get_future().wait();  // who asks from here on is not told that nothing waits before anybody looked
    return true;
}

// All of them or, with a fault in one, none.
std::optional<std::vector<made>> running::make(const std::vector<settings::destination>& given, model::issues& found)
{
    std::vector<made> all;
    bool well = true;
    for (const auto& one : given) {
        all.push_back({.given = one, .way_out = kinds_.make(one, context_, found)});
        well = well && all.back().way_out;
    }
    return well ? std::optional(std::move(all)) : std::nullopt;
}

// Messages that wait at a destination which the configuration no longer names stay where they are, and are shown.
void running::take_in_strangers()
{
    const auto names = destinations_with_rows(parts_.store);
    if (!names)
        return;
    for (const auto& name : *names) {
        if (name != before_the_bus && !outlets_.contains(name))
            stranger(name);
    }
}

outlet& running::stranger(const std::string& name)
{
    log.warn("deliver.destination_not_configured", {{"destination", name}});
    const auto made = outlets_.emplace(name, std::make_shared<outlet>(settings::destination{.name = name}, nullptr, among_)).first;
    made->second->start();
    return *made->second;
}

void running::offer(std::vector<queued> fresh)
{
    if (!stopped_ && inbox_.put(std::move(fresh)))
        asio::post(context_, [this] { take_inbox(); });
}

void running::take_inbox()
{
    const auto came = inbox_.take();
    std::set<outlet*> touched;
    for (const auto& one : came.rows) {
        if (one.what.state != model::delivery_state::waiting)
            continue;
        const auto found = outlets_.find(one.destination);
        auto& to = found == outlets_.end() ? stranger(one.destination) : *found->second;
        to.offer(one.at, one.what);
        touched.insert(&to);
    }
    for (const auto& [name, rows] : came.missed) {
        if (const auto found = outlets_.find(name); found != outlets_.end()) {
            found->second->missed(rows);
            touched.insert(found->second.get());
        }
    }
    die_at("queued");
    for (auto* one : touched)
        one->pump();
}

std::function<void()> running::prepare(const std::vector<settings::destination>& given, model::issues& found)
{
    auto all = make(given, found);
    if (!all)
        return {};
    const auto fresh = std::make_shared<std::vector<made>>(std::move(*all));  // shared: std::function copies what it holds
    return [this, fresh] {
        ask([this, fresh](told done) {
            take_over(std::move(*fresh));
            done({});
        }, busy);
    };
}

void running::take_over(std::vector<made> all)
{
    std::map<std::string, std::shared_ptr<outlet>, std::less<>> next;
    for (auto& one : all) {
        const auto& name = one.given.name;
        if (auto known = outlets_.extract(name)) {
            if (!known.mapped()->same_as(one.given))
                known.mapped()->replace(one.given, std::move(one.way_out));
            next.insert(std::move(known));
        } else {
            next.emplace(name, std::make_shared<outlet>(one.given, std::move(one.way_out), among_)).first->second->start();
            log.info("deliver.destination_added", {{"destination", name}});
        }
    }
    for (auto& [name, gone] : outlets_) {
        gone->take_away();
        if (!gone->is_over())
            next.emplace(name, gone);
    }
    outlets_ = std::move(next);
}

// Has the delivery thread do something and waits for its words.
std::string running::ask(std::function<void(told)> what, std::string_view too_late)
{
    if (stopped_)
        return "Tieline is stopping";
    const auto answer = std::make_shared<std::promise<std::string>>();  // the asker may stop waiting before it is set
    auto words = answer->get_future();
    asio::post(context_, [what = std::move(what), answer] {
        what([answer](std::string said) { answer->set_value(std::move(said)); });
    });
    if (words.wait_for(answer_within) != std::future_status::ready)
        return std::string(too_late);
    return words.get();
}

std::string running::at_destination(std::string_view name, const std::function<std::string(outlet&)>& what)
{
    return ask([this, name = std::string(name), what](told done) {
        const auto found = outlets_.find(name);
        const bool configured = found != outlets_.end() && found->second->configured();
        done(configured ? what(*found->second) : "there is no destination " + name);
    }, busy);
}

std::string running::carry_out(const order& given)
{
    return ask([this, given](told done) { carry_out_here(given, std::move(done)); },
               "it is being sent right now; it will be done when that try ends without a delivery");
}

void running::carry_out_here(const order& given, told done)
{
    const auto found = outlets_.find(given.destination);
    if (found != outlets_.end())
        found->second->carry_out(given, std::move(done));
    else
        done(carry_out_alone(given, parts_));
}

std::string running::pause(std::string_view destination, std::string_view reason, std::string_view who)
{
    return at_destination(destination, [reason = std::string(reason), who = std::string(who)](outlet& one) {
        return one.pause(reason, who);
    });
}

std::string running::resume(std::string_view destination, std::string_view, std::string_view who)
{
    return at_destination(destination, [who = std::string(who)](outlet& one) { return one.resume(who); });
}

void running::stop(std::chrono::milliseconds limit)
{
    if (stopped_.exchange(true) || !thread_.joinable())
        return;
    asio::co_spawn(context_, end(limit), asio::detached);
    thread_.join();
}

std::size_t running::under_way() const
{
    std::size_t all = 0;
    for (const auto& [name, one] : outlets_)
        all += one->under_way();
    return all;
}

asio::awaitable<void> running::until_idle(std::chrono::steady_clock::duration limit)
{
    const auto end = std::chrono::steady_clock::now() + limit;
    while (under_way() > 0 && std::chrono::steady_clock::now() < end)
        co_await sleep_for(look_again);
}

asio::awaitable<void> running::end(std::chrono::milliseconds limit)
{
    for (auto& [name, one] : outlets_)
        one->retire();
    co_await until_idle(limit);
    const auto cut_off = under_way();
    if (cut_off > 0)
        log.warn("deliver.tries_cut_off", {{"count", cut_off}});
    for (auto& [name, one] : outlets_)
        one->cancel();
    co_await until_idle(cancel_within);
    if (!writes_.flush() && cut_off == 0)
        put_clean_stop(parts_.store);
    context_.stop();
}

std::unique_ptr<dispatcher> start(const std::vector<settings::destination>& given, const registry& kinds, parts from,
                                  model::issues& found)
{
    auto one = std::make_unique<running>(kinds, std::move(from));
    if (!one->begin(given, found))
        return nullptr;
    return one;
}

}  // namespace tieline::deliver
