#include "broker/app/broker.hpp"

#include "broker/app/commands.hpp"
#include "broker/app/configuration.hpp"
#include "broker/app/descriptors.hpp"
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

constexpr auto publish_limit = 20s;  // of the parts of a clean stop
constexpr auto deliver_limit = 10s;
constexpr std::size_t own_descriptors = 1'024;  // of the store, the ops port, the bus and the destinations

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

// `seen`: what its board says, which names the address where that is what failed.
model::issue not_opened(const settings::listener& given, error_code why, const std::string& seen)
{
    return {.at = given.at, .diagnostics = "listener " + given.name + " can't be opened: " + (seen.ends_with(why.message()) ? seen : why.message())};
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
    ensure_topics(*given, *router);
    auto for_worker = make_ways(*given, {}, found);
    auto for_intake = make_ways(*given, {}, found);
    if (!for_worker || !for_intake)
        return false;
    if (!journal_only_)
        worker_ = std::make_unique<pipeline::worker>(
            pipeline::worker_parts{*store_, *journal_, *bus_, *dispatcher_, board_, pacer_, verdicts_, later_, given->node, given->site_key, given->bus.prefix},
            std::move(for_worker), router);
    intake_ = std::make_unique<pipeline::intake>(
        pipeline::intake_parts{*store_, *journal_, board_, pacer_, verdicts_, later_, given->node}, std::move(for_intake));
    return true;
}

bool broker::open_listeners(model::issues& found)
{
    const auto given = settings_.get();
    for (const auto& one : given->listeners) {
        auto opened = open_listener(one, {}, found);
        if (!opened)
            return false;
        listeners_.push_back(std::move(*opened));
    }
    for (const auto& one : listeners_) {
        if (!start_listener(one, found))
            return false;
    }
    check_descriptors();
    ops_ = ops::start({.store = *store_, .board = board_, .dispatcher = *dispatcher_,
                       .configuration = [this] { return settings_.get(); }}, found);
    return ops_ != nullptr;
}

// Made and opened, not yet taking anything.
std::optional<running_listener> broker::open_listener(const settings::listener& given, std::span<transport::listener* const> leaving,
                                                      model::issues& found)
{
    transport::registry kinds;
    transport::add_builtin(kinds);
    auto way_in = kinds.make(given, {context_, *intake_, board_}, found);
    if (!way_in)
        return std::nullopt;
    if (const auto failed = way_in->open(leaving)) {
        found.push_back(not_opened(given, failed, board_.listener(given.name).last_error.get()));
        return std::nullopt;
    }
    return running_listener{.given = given, .way_in = std::move(way_in)};
}

bool broker::start_listener(const running_listener& one, model::issues& found)
{
    if (const auto failed = one.way_in->start()) {
        found.push_back(not_opened(one.given, failed, board_.listener(one.given.name).last_error.get()));
        return false;
    }
    log.info("app.listening", {{"listener", one.given.name}, {"address", board_.listener(one.given.name).address.get()}});
    return true;
}

// Too few, and connections are refused by the system long before `max_connections`.
void broker::check_descriptors() const
{
    std::size_t wanted = own_descriptors;
    for (const auto& one : listeners_)
        wanted += one.way_in->max_connections();
    const auto limit = raise_descriptor_limit();
    if (limit < wanted)
        log.warn("app.few_descriptors", {{"limit", limit}, {"wanted", wanted},
                                         {"reason", "the system lets this process open fewer files than the listeners' max_connections add up to; raise "
                                                    "the hard limit (LimitNOFILE of the service, ulimit -Hn) or lower max_connections"}});
}

void broker::ensure_topics(const settings::configuration& given, const route::router& router)
{
    std::vector<std::string> full;
    for (const auto& topic : router.topics())
        full.push_back(given.bus.prefix + topic);
    bus_->ensure_topics(std::move(full));
}

// What a reload took away is taken off the board, and what it brought back stands there again.
void broker::show_on_board(const settings::configuration& given)
{
    for (const auto& listener : given.listeners) {
        board_.listener(listener.name).kind.set(listener.kind);
        board_.show_listener(listener.name);
    }
    for (const auto& [name, row] : board_.routes())
        board_.show_route(name, false);
    for (const auto& route : given.routes) {
        auto& row = board_.route(route.name);
        row.topic.set(given.bus.prefix + route.topic);
        row.purpose.set(route.purpose);
        row.sources.set(joined(route.when.source));
        row.destinations.set(joined(route.to));
        board_.show_route(route.name);
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
            reload();
        else if (stopping_)
            return context_.stop();  // asked twice: no more waiting
        else
            drain();
        wait_for_signals();
    });
}

// In flow order: nothing new comes in, what has come is answered; the rest is done by `close`.
void broker::drain()
{
    stopping_ = true;
    board_.not_ready().set("stopping");
    log.info("app.draining");
    for (const auto& one : leaving_)
        listeners_open_ += !one.closed;
    listeners_open_ += listeners_.size();
    if (listeners_open_ == 0)
        context_.stop();
    for (const auto& one : listeners_)
        one.way_in->stop(sessions_limit, [this] { listener_closed(); });
}

void broker::listener_closed()
{
    if (stopping_ && --listeners_open_ == 0)
        context_.stop();
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
    leaving_.clear();
    next_.reset();
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
