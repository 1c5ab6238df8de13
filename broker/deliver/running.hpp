#pragma once

#include "broker/base/async.hpp"
#include "broker/deliver/inbox.hpp"
#include "broker/deliver/ledger.hpp"
#include "broker/deliver/outlet.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tieline::deliver {

/// A destination that was made of its settings, before it is put to work.
struct made {
    settings::destination given{};
    std::shared_ptr<destination> way_out{};
};

/// The dispatcher: a thread with an outlet for each destination. Orders are posted to that thread and waited for.
class running final : public dispatcher {
public:
    running(const registry& kinds, parts from)
        : kinds_(kinds), parts_(std::move(from)), writes_(parts_.store, context_),
          among_{.context = context_, .store = parts_.store, .board = parts_.board, .writes = writes_, .node = parts_.node}
    {
    }
    ~running() override { stop(std::chrono::milliseconds(0)); }

    bool begin(const std::vector<settings::destination>& given, model::issues& found);

    void offer(std::vector<queued> fresh) override;
    std::function<void()> prepare(const std::vector<settings::destination>& given, model::issues& found) override;
    std::string carry_out(const order& given) override;
    std::string pause(std::string_view destination, std::string_view reason, std::string_view who) override;
    std::string resume(std::string_view destination, std::string_view reason, std::string_view who) override;
    void stop(std::chrono::milliseconds limit) override;

private:
    std::optional<std::vector<made>> make(const std::vector<settings::destination>& given, model::issues& found);
    std::string ask(std::function<void(told)> what, std::string_view too_late);
    std::string at_destination(std::string_view name, const std::function<std::string(outlet&)>& what);
    void take_inbox();
    void take_over(std::vector<made> all);
    void carry_out_here(const order& given, told done);
    void take_in_strangers();
    outlet& stranger(const std::string& name);
    std::size_t under_way() const;
    asio::awaitable<void> end(std::chrono::milliseconds limit);
    asio::awaitable<void> until_idle(std::chrono::steady_clock::duration limit);

    registry kinds_;
    parts parts_;
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(context_);
    ledger writes_;
    surroundings among_;
    inbox inbox_;
    std::map<std::string, std::shared_ptr<outlet>, std::less<>> outlets_;  // also of destinations that are not configured and have rows
    std::atomic<bool> stopped_ = false;
    std::thread thread_;
};

}  // namespace tieline::deliver
