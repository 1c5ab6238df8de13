#pragma once

#include "broker/bus/bus.hpp"
#include "broker/deliver/dispatcher.hpp"
#include "broker/journal/journal.hpp"
#include "broker/observe/board.hpp"
#include "broker/ops/ops.hpp"
#include "broker/pipeline/current.hpp"
#include "broker/pipeline/intake.hpp"
#include "broker/pipeline/later_answers.hpp"
#include "broker/pipeline/pacer.hpp"
#include "broker/pipeline/retention.hpp"
#include "broker/pipeline/verdicts.hpp"
#include "broker/pipeline/worker.hpp"
#include "broker/settings/settings.hpp"
#include "broker/store/store.hpp"
#include "broker/transport/listener.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tieline::app {

/// A listener at work and the settings that it was made of.
struct running_listener {
    settings::listener given{};
    std::unique_ptr<transport::listener> way_in{};
};

/// One that a reload took away: its last messages are being answered, and then go their way from the journal.
struct leaving_listener {
    running_listener gone{};
    bool closed = false;
    offset last{};  ///< of the journal when it was closed
};

/// How long a listener that stops waits for messages that have come to be answered.
inline constexpr auto sessions_limit = std::chrono::seconds(10);

/// The running broker: the one place where the rooms are put together. Constructed, run once, thrown away.
class broker {
public:
    /// `given` has been checked. With `journal_only` messages are stored and answered and nothing comes after: the floor that
    /// the bench measures.
    broker(settings::configuration given, bool journal_only);
    ~broker();

    /// Opens everything, runs until SIGTERM or SIGINT, drains, closes. SIGHUP reloads. The exit code of `tieline run`.
    int run();

private:
    bool open(model::issues& found);
    bool open_store(model::issues& found);
    bool open_flow(model::issues& found);
    bool open_listeners(model::issues& found);
    std::optional<running_listener> open_listener(const settings::listener& given, std::span<transport::listener* const> leaving,
                                                  model::issues& found);
    bool start_listener(const running_listener& one, model::issues& found);
    void show_on_board(const settings::configuration& given);
    void check_descriptors() const;
    void ensure_topics(const settings::configuration& given, const route::router& router);
    void wait_for_signals();
    void drain();
    void listener_closed();
    void close();
    asio::awaitable<void> watch_disk();
    asio::awaitable<void> delete_finished();

    // broker_reload.cpp
    struct prepared;
    void reload();
    void prepare(std::vector<settings::listener> before);
    void apply(prepared& with);
    void put_in_force(prepared& with);
    std::optional<std::vector<running_listener>> open_changed(const settings::configuration& given, model::issues& found);
    void exchange_listeners(const settings::configuration& given, std::vector<running_listener> opened, model::issues& found);
    void leave(running_listener gone);
    void reload_done(const model::issues& found);

    boost::asio::io_context context_{1};
    boost::asio::signal_set signals_{context_};
    boost::asio::thread_pool keeping_{1};  // deletes what is finished and old
    boost::asio::thread_pool reloads_{1};  // reading files takes longer than a session should wait
    pipeline::current<const settings::configuration> settings_;
    bool journal_only_ = false;
    bool stopping_ = false;
    bool reloading_ = false;
    bool reload_again_ = false;  // asked for while one was under way

    observe::board board_;
    pipeline::pacer pacer_{board_};
    pipeline::verdicts verdicts_;
    pipeline::later_answers later_;
    std::unique_ptr<store::store> store_;
    std::unique_ptr<pipeline::retention> retention_;
    std::unique_ptr<journal::journal> journal_;
    std::unique_ptr<bus::bus> bus_;
    std::unique_ptr<deliver::dispatcher> dispatcher_;
    std::unique_ptr<pipeline::worker> worker_;
    std::unique_ptr<pipeline::intake> intake_;
    std::vector<running_listener> listeners_;
    std::list<leaving_listener> leaving_;
    std::size_t listeners_open_ = 0;  // while stopping
    std::shared_ptr<prepared> next_;  // of the reload under way; shared as its type stands elsewhere
    std::unique_ptr<ops::ops> ops_;
};

}  // namespace tieline::app
