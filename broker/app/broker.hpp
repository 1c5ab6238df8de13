#pragma once

#include "broker/bus/bus.hpp"
#include "broker/deliver/dispatcher.hpp"
#include "broker/journal/journal.hpp"
#include "broker/observe/board.hpp"
#include "broker/ops/ops.hpp"
#include "broker/pipeline/current.hpp"
#include "broker/pipeline/intake.hpp"
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

#include <memory>
#include <string>
#include <vector>

namespace tieline::app {

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
    void show_on_board(const settings::configuration& given);
    std::shared_ptr<pipeline::ways> make_ways(const settings::configuration& given, model::issues& found) const;
    void wait_for_signals();
    void reload();
    void apply(std::shared_ptr<const settings::configuration> given, std::shared_ptr<const pipeline::ways> for_intake);
    void drain();
    void close();
    asio::awaitable<void> watch_disk();
    asio::awaitable<void> delete_finished();

    boost::asio::io_context context_{1};
    boost::asio::signal_set signals_{context_};
    boost::asio::thread_pool keeping_{1};  // deletes what is finished and old
    boost::asio::thread_pool reloads_{1};  // reading files takes longer than a session should wait
    pipeline::current<const settings::configuration> settings_;
    bool journal_only_ = false;
    bool stopping_ = false;

    observe::board board_;
    pipeline::pacer pacer_{board_};
    pipeline::verdicts verdicts_;
    std::unique_ptr<store::store> store_;
    std::unique_ptr<pipeline::retention> retention_;
    std::unique_ptr<journal::journal> journal_;
    std::unique_ptr<bus::bus> bus_;
    std::unique_ptr<deliver::dispatcher> dispatcher_;
    std::unique_ptr<pipeline::worker> worker_;
    std::unique_ptr<pipeline::intake> intake_;
    std::vector<std::unique_ptr<transport::listener>> listeners_;
    std::size_t listeners_open_ = 0;
    std::unique_ptr<ops::ops> ops_;
};

}  // namespace tieline::app
