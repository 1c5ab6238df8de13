#include "broker/app/broker.hpp"

#include "broker/app/commands.hpp"
#include "broker/app/configuration.hpp"
#include "broker/app/site_key.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/observe/log.hpp"
#include "broker/pipeline/recovery.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <sys/statvfs.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace tieline::app {
namespace {

using namespace std::chrono_literals;
using observe::log;

constexpr auto sessions_limit = 10s;  // of the parts of a clean stop
constexpr auto publish_limit = 20s;
constexpr auto deliver_limit = 10s;

void add(model::issues& found, std::string at, std::string diagnostics)
{
    found.push_back({.level = model::severity::fatal, .code = "exception", .at = std::move(at), .diagnostics = std::move(diagnostics)});
}

std::string joined(const std::vector<std::string>& names)
{
    std::string all;
    for (const auto& name : names)
        all += (all.empty() ? "" : ",") + name;
    return all;
}

std::vector<std::string> full_names(const std::vector<std::string>& topics, const std::string& prefix)
{
    std::vector<std::string> full;
    for (const auto& topic : topics)
        full.push_back(prefix + topic);
    return full;
}

// A failed write or sync is final (design, section 3): nobody is answered, a restart recovers what was synced.
[[noreturn]] void fail_stop(error_code why)
{
    log.error("app.store_failed", {{"reason", why.message()}, {"exit", static_cast<int>(failed)}});
    std::_Exit(failed);
}

}  // namespace

broker::broker(settings::configuration given, bool journal_only)
    : settings_(std::make_shared<const settings::configuration>(std::move(given))), journal_only_(journal_only)
{
}

broker::~broker() = default;

int broker::run()
{
    model::issues found;
    board_.not_ready().set("starting");
    if (!open(found)) {
        print(found);
        const bool configured = std::all_of(found.begin(), found.end(), [](const auto& one) { return one.level != model::severity::fatal; });
        close();
        return configured ? usage : failed;
    }
    board_.not_ready().set("");
    log.info("app.ready", {{"node", settings_.get()->node},
                           {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(now() - board_.started).count()}});
    wait_for_signals();
    asio::co_spawn(context_, watch_disk(), asio::detached);
    asio::co_spawn(keeping_, delete_finished(), asio::detached);
    context_.run();
    close();
    log.info("app.stopped");
    return all_well;
}

bool broker::open(model::issues& found)
{
    return open_store(found) && open_flow(found) && open_listeners(found);
}

bool broker::open_store(model::issues& found)
{
    auto given = *settings_.get();
    const auto tell = [](const store::damage& what) {
        if (what.torn_end)
            log.info("store.log_torn", {{"where", what.where}});
        else
            log.error("store.damaged", {{"what", store::to_text(what)}, {"where", what.where}});
    };
    auto opened = store::store::open(given.data, {.node = given.node, .on_failure = fail_stop, .on_damage = tell});
    if (!opened) {
        const bool locked = opened.error() == store::errc::locked;
        add(found, given.data, "the data folder can't be opened: " + opened.error().message() +
                                   (locked ? " (process " + store::holder_of(given.data) + ")" : ""));
        return false;
    }
    store_ = std::move(*opened);
    retention_ = std::make_unique<pipeline::retention>(*store_);
    if (given.site_key.empty()) {
        auto key = site_key(given.site_key_file);
        if (!key) {
            add(found, given.site_key_file, "the site key can't be read or made: " + key.error().message());
            return false;
        }
        given.site_key = std::move(*key);
        settings_.set(std::make_shared<const settings::configuration>(std::move(given)));
    }
    return true;
}

bool broker::open_flow(model::issues& found)
{
    const auto given = settings_.get();
    const auto from = journal::read_published_through(*store_);
    if (!from) {
        add(found, given->data, "the position in the journal can't be read: " + from.error().message());
        return false;
    }
    if (store_->log_was_damaged()) {
        const auto held = pipeline::hold_what_lost_its_outcome(*store_);
        if (!held) {
            add(found, given->data, "what a damaged log lost can't be found: " + held.error().message());
            return false;
        }
    }
    show_on_board(*given);
    journal_ = journal::open(*store_, {.from = *from, .disk_reserve = given->retention.disk_reserve, .data = given->data});
    board_.bus().appended.set(static_cast<std::int64_t>(journal_->last().value));
    board_.bus().published.set(static_cast<std::int64_t>(from->value));
    bus::registry buses;
    bus::add_builtin(buses);
    bus_ = buses.make(given->bus, {.store = *store_, .board = board_, .node = given->node, .from = *from, .newest = journal_->last()}, found);
    deliver::registry kinds;
    deliver::add_builtin(kinds);
    dispatcher_ = deliver::start(given->destinations, kinds, {.store = *store_, .board = board_, .node = given->node,
        .release_message = [this](offset at) { if (worker_) worker_->release(at); }}, found);
    if (!bus_ || !dispatcher_)
        return false;
    const auto router = std::make_shared<const route::router>(given->routes);
    bus_->ensure_topics(full_names(router->topics(), given->bus.prefix));
    auto for_worker = make_ways(*given, found);
    auto for_intake = make_ways(*given, found);
    if (!for_worker || !for_intake)
        return false;
    if (!journal_only_)
        worker_ = std::make_unique<pipeline::worker>(
            pipeline::worker_parts{*store_, *journal_, *bus_, *dispatcher_, board_, pacer_, verdicts_, given->node, given->site_key, given->bus.prefix},
            std::move(for_worker), router);
    intake_ = std::make_unique<pipeline::intake>(
        pipeline::intake_parts{*store_, *journal_, board_, pacer_, verdicts_, given->node}, std::move(for_intake));
    return true;
}

bool broker::open_listeners(model::issues& found)
{
    const auto given = settings_.get();
    transport::registry kinds;
    transport::add_builtin(kinds);
    for (const auto& one : given->listeners) {
        auto listener = kinds.make(one, {context_, *intake_, board_}, found);
        if (!listener)
            return false;
        if (const auto error = listener->start()) {
            const auto reason = board_.listener(one.name).last_error.get();
            found.push_back({.at = one.at, .diagnostics = "listener " + one.name + " can't be opened: " +
                                                          (reason.empty() ? error.message() : reason)});
            return false;
        }
        log.info("app.listening", {{"listener", one.name}, {"address", board_.listener(one.name).address.get()}});
        listeners_.push_back(std::move(listener));
    }
    ops_ = ops::start({.store = *store_, .board = board_, .dispatcher = *dispatcher_,
                       .configuration = [this] { return settings_.get(); }}, found);
    return ops_ != nullptr;
}

std::shared_ptr<pipeline::ways> broker::make_ways(const settings::configuration& given, model::issues& found) const
{
    auto made = std::make_shared<pipeline::ways>();
    for (const auto& listener : given.listeners) {
        auto adapter = make_adapter(listener, given.node, found);
        if (!adapter)
            return nullptr;
        made->emplace(listener.name, pipeline::way{listener, std::move(adapter)});
    }
    return made;
}

void broker::show_on_board(const settings::configuration& given)
{
    for (const auto& listener : given.listeners)
        board_.listener(listener.name).kind.set(listener.kind);
    for (const auto& route : given.routes) {
        auto& row = board_.route(route.name);
        row.topic.set(given.bus.prefix + route.topic);
        row.purpose.set(route.purpose);
        row.sources.set(joined(route.when.source));
        row.destinations.set(joined(route.to));
    }
    for (const auto& [name, row] : board_.routes()) {
        if (std::none_of(given.routes.begin(), given.routes.end(), [&](const auto& route) { return route.name == name; }))
            board_.retire_route(name);
    }
}

void broker::wait_for_signals()
{
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        signals_.add(signal);
    signals_.async_wait([this](error_code error, int signal) {
        if (error)
            return;
        if (signal == SIGHUP)
            asio::post(reloads_, [this] { reload(); });
        else if (stopping_)
            return context_.stop();  // asked twice: no more waiting
        else
            drain();
        wait_for_signals();
    });
}

// On the reload thread: reads and makes everything before anything is replaced, so that a bad file changes nothing.
void broker::reload()
{
    model::issues found;
    const auto old = settings_.get();
    auto given = load_and_check(old->file, found);
    given.site_key = old->site_key;
    std::shared_ptr<pipeline::ways> for_worker, for_intake;
    if (!model::has_error(found)) {
        for_worker = make_ways(given, found);
        for_intake = make_ways(given, found);
    }
    if (!model::has_error(found))
        dispatcher_->reload(given.destinations, found);
    if (model::has_error(found)) {
        for (const auto& one : found)
            log.error("app.reload_refused", {{"at", one.at}, {"reason", one.diagnostics}});
        return;
    }
    const auto router = std::make_shared<const route::router>(given.routes);
    bus_->ensure_topics(full_names(router->topics(), given.bus.prefix));
    for (const auto& listener : old->listeners) {
        if (for_worker->contains(listener.name))
            continue;
        log.warn("app.needs_restart", {{"listener", listener.name}, {"reason", "listeners are opened and closed at a start"}});
        given.listeners.push_back(listener);
    }
    if (given.listeners.size() > for_worker->size()) {  // a listener that still runs keeps its adapter
        for_worker = make_ways(given, found);
        for_intake = make_ways(given, found);
    }
    if (worker_)
        worker_->reload(for_worker, router);
    auto fresh = std::make_shared<const settings::configuration>(std::move(given));
    asio::post(context_, [this, fresh, for_intake] { apply(fresh, for_intake); });
}

void broker::apply(std::shared_ptr<const settings::configuration> given, std::shared_ptr<const pipeline::ways> for_intake)
{
    intake_->reload(std::move(for_intake));
    for (const auto& listener : listeners_) {
        if (const auto error = listener->reload())
            log.error("app.certificate_kept", {{"reason", error.message()}});
    }
    settings_.set(given);
    show_on_board(*given);
    log.info("app.reloaded", {{"routes", given->routes.size()}, {"destinations", given->destinations.size()}});
}

// In flow order: nothing new comes in, what has come is answered; the rest is done by `close`.
void broker::drain()
{
    stopping_ = true;
    board_.not_ready().set("stopping");
    log.info("app.draining");
    listeners_open_ = listeners_.size();
    if (listeners_.empty())
        context_.stop();
    for (const auto& listener : listeners_)
        listener->stop(sessions_limit, [this] {
            if (--listeners_open_ == 0)
                context_.stop();
        });
}

void broker::close()
{
    keeping_.stop();
    keeping_.join();
    reloads_.join();
    if (journal_)
        journal_->stop();
    if (worker_)
        worker_->stop(publish_limit);
    if (bus_)
        bus_->stop(publish_limit);
    if (dispatcher_)
        dispatcher_->stop(deliver_limit);
    ops_.reset();
    listeners_.clear();
}

// On a thread of its own, in steps, as it reads what it deletes.
asio::awaitable<void> broker::delete_finished()
{
    for (;;) {
        const auto given = settings_.get();
        pipeline::retention_limits limits{.finished = given->retention.finished, .size = given->retention.size};
        for (const auto& one : given->listeners)
            limits.duplicates = std::max(limits.duplicates, one.duplicate_window);
        const bool more = retention_->step(limits, now());
        co_await sleep_for(more ? 100ms : 5s);
    }
}

// Below the reserve nothing is taken (the journal refuses it too); above it the broker goes on by itself.
asio::awaitable<void> broker::watch_disk()
{
    constexpr std::string_view full = "the disk is full: less than the reserve is free";
    for (;;) {
        const auto given = settings_.get();
        struct statvfs disk {};
        const bool known = ::statvfs(given->data.c_str(), &disk) == 0;
        const bool room = !known || std::uint64_t(disk.f_bavail) * disk.f_frsize >= given->retention.disk_reserve;
        const auto said = board_.not_ready().get();
        if (!room && said.empty())
            board_.not_ready().set(full);
        else if (room && said == full)
            board_.not_ready().set("");
        board_.bus().appended.set(static_cast<std::int64_t>(journal_->last().value));
        co_await sleep_for(500ms);
    }
}

}  // namespace tieline::app
