// SIGHUP: the part of class broker that goes on with another configuration. Everything is read, made and opened before anything is
// replaced, so that what is wrong changes nothing.
#include "broker/app/broker.hpp"

#include "broker/app/configuration.hpp"
#include "broker/base/sabotage.hpp"
#include "broker/observe/log.hpp"
#include "broker/settings/compare.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace tieline::app {

using observe::log;

namespace {

const settings::listener* find(const std::vector<settings::listener>& in, const std::string& name)
{
    const auto found = std::find_if(in.begin(), in.end(), [&](const auto& one) { return one.name == name; });
    return found == in.end() ? nullptr : &*found;
}

// Whether the listener goes on as it is, connections and all.
bool stays(const running_listener& one, const settings::configuration& given)
{
    const auto* next = find(given.listeners, one.given.name);
    return next && settings::same_way_in(one.given, *next) && !sabotaged("reopen");
}

}  // namespace

/// A configuration that was read and found right, and what was made of it.
struct broker::prepared {
    std::shared_ptr<const settings::configuration> given{};
    std::shared_ptr<pipeline::ways> for_worker{}, for_intake{};  // an adapter serves one thread
    std::shared_ptr<const route::router> router{};
    std::function<void()> put_destinations_in_force{};
    std::vector<running_listener> opened{};  // that are new or have changed
    model::issues found{};
};

// One at a time; what was asked for meanwhile follows as one more.
void broker::reload()
{
    if (stopping_ || std::exchange(reloading_, true)) {
        reload_again_ = true;
        return;
    }
    const offset published{static_cast<std::uint64_t>(board_.bus().published.get())};
    std::erase_if(leaving_, [published](const auto& one) { return one.closed && one.last <= published; });
    std::vector<settings::listener> before;
    for (const auto& one : listeners_)
        before.push_back(one.given);
    for (const auto& one : leaving_)
        before.push_back(one.gone.given);
    asio::post(reloads_, [this, before = std::move(before)]() mutable { prepare(std::move(before)); });
}

// On the reload thread, since reading files takes longer than a session should wait. `before` are the listeners until now: one that is
// left out keeps its adapter for what it has stored.
void broker::prepare(std::vector<settings::listener> before)
{
    auto made = std::make_shared<prepared>();
    auto& found = made->found;
    const auto running = settings_.get();
    auto given = load_and_check(running->file, found);
    if (!model::has_error(found))
        settings::check_reloadable(*running, given, found);
    if (!model::has_error(found)) {
        made->for_worker = make_ways(given, before, found);
        made->for_intake = make_ways(given, before, found);
        made->put_destinations_in_force = dispatcher_->prepare(given.destinations, found);
    }
    made->router = std::make_shared<const route::router>(given.routes);
    made->given = std::make_shared<const settings::configuration>(std::move(given));
    next_ = std::move(made);
    asio::post(context_, [this] { apply(*next_); });
}

// On the Asio thread: the last that can fail.
void broker::apply(prepared& with)
{
    auto& found = with.found;
    if (stopping_)
        return;
    const auto& given = *with.given;
    auto opened = model::has_error(found) ? std::nullopt : open_changed(given, found);
    if (!opened) {
        if (sabotaged("half") && with.put_destinations_in_force)
            with.put_destinations_in_force();
        for (const auto& one : given.listeners)  // a row may have been made for one that can't be opened
            board_.show_listener(one.name, find(settings_.get()->listeners, one.name));
        return reload_done(found);
    }
    with.opened = std::move(*opened);
    asio::post(reloads_, [this, &with] {
        with.put_destinations_in_force();  // before any route names them
        asio::post(context_, [this, &with] { put_in_force(with); });
    });
}

// At once for all sessions.
void broker::put_in_force(prepared& with)
{
    if (stopping_)
        return;
    const auto& given = *with.given;
    ensure_topics(given, *with.router);
    if (worker_)
        worker_->reload(with.for_worker, with.router);
    intake_->reload(with.for_intake);
    exchange_listeners(given, std::move(with.opened), with.found);
    settings_.set(with.given);
    show_on_board(given);
    check_descriptors();
    reload_done(with.found);
}

// Listeners that are new or have changed, opened; none with a fault in one.
std::optional<std::vector<running_listener>> broker::open_changed(const settings::configuration& given, model::issues& found)
{
    std::vector<transport::listener*> leaving;
    std::set<std::string> staying;
    for (const auto& one : listeners_) {
        if (stays(one, given))
            staying.insert(one.given.name);
        else
            leaving.push_back(one.way_in.get());
    }
    std::vector<running_listener> opened;
    for (const auto& one : given.listeners) {
        if (staying.contains(one.name))
            continue;
        auto fresh = open_listener(one, leaving, found);
        if (!fresh)
            return std::nullopt;
        opened.push_back(std::move(*fresh));
    }
    return opened;
}

// Those that leave are told first: a successor writes to the same row of the board.
void broker::exchange_listeners(const settings::configuration& given, std::vector<running_listener> opened, model::issues& found)
{
    std::vector<running_listener> staying;
    for (auto& one : listeners_) {
        if (!stays(one, given)) {
            leave(std::move(one));
            continue;
        }
        if (const auto failed = one.way_in->reload())
            log.error("app.certificate_kept", {{"listener", one.given.name}, {"reason", failed.message()}});
        one.given = *find(given.listeners, one.given.name);
        staying.push_back(std::move(one));
    }
    for (auto& one : opened) {
        start_listener(one, found);
        staying.push_back(std::move(one));
    }
    listeners_ = std::move(staying);
}

// It answers what has come, for a while; what it has stored goes its way with the adapter that it had.
void broker::leave(running_listener gone)
{
    log.info("app.listener_leaves", {{"listener", gone.given.name}});
    auto& one = leaving_.emplace_back(leaving_listener{.gone = std::move(gone)});
    one.gone.way_in->stop(sessions_limit, [this, &one] {
        const auto& name = one.gone.given.name;
        one.closed = true;
        one.last = journal_->last();
        one.gone.way_in.reset();
        if (!find(settings_.get()->listeners, name))
            board_.show_listener(name, false);
        log.info("app.listener_closed", {{"listener", name}});
        listener_closed();
    });
}

void broker::reload_done(const model::issues& found)
{
    const bool refused = model::has_error(found);
    std::string fault;
    for (const auto& one : found) {
        if (one.level > model::severity::error) {
            log.warn("app.reload_warning", {{"at", one.at}, {"reason", one.diagnostics}});
            continue;
        }
        log.error("app.reload_refused", {{"at", one.at}, {"reason", one.diagnostics}});
        fault += (fault.empty() ? "" : "; ") + one.at + ": " + one.diagnostics;
    }
    auto& row = board_.reloads();
    row.fault.set(fault);
    (refused ? row.refused : row.taken).add();
    const auto given = settings_.get();
    if (refused)
        log.error("app.reload_changed_nothing", {{"faults", found.size()}});
    else
        log.info("app.reloaded", {{"listeners", given->listeners.size()}, {"routes", given->routes.size()},
                                  {"destinations", given->destinations.size()}});
    reloading_ = false;
    if (std::exchange(reload_again_, false))
        reload();
}

}  // namespace tieline::app
