#include "broker/bus/kafka/kafka.hpp"

#include "broker/bus/kafka/producer.hpp"
#include "broker/bus/kafka/topics.hpp"
#include "broker/bus/kafka/window.hpp"
#include "broker/observe/log.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace tieline::bus::kafka {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using milliseconds = std::chrono::milliseconds;

// What is on its way to Kafka at one time: it stands in memory twice, here and in librdkafka.
constexpr std::size_t most_bytes = 24U << 20;
constexpr std::size_t most_records = 20'000;

constexpr auto least_backoff = 500ms;
constexpr auto most_backoff = 30'000ms;

/// One thread has the producer: it makes topics, sends what `publish` took, and confirms ranges in order.
class kafka_bus final : public bus {
public:
    kafka_bus(const settings::bus& given, parts from, properties of, std::unique_ptr<producer> first)
        : store_(from.store), board_(from.board), properties_(std::move(of)), topics_(given, from.board),
          window_(most_bytes, most_records), producer_(std::move(first)), published_through_(from.from.value)
    {
        auto& row = board_.bus();
        row.kind.set("kafka");
        row.state.set("down");
        row.published.set(static_cast<std::int64_t>(from.from.value));
        thread_ = std::thread([this] { run(); });
    }

    ~kafka_bus() override { stop(0ms); }

    void ensure_topics(std::vector<std::string> topics) override
    {
        std::lock_guard lock(mutex_);
        topics_.want(topics);
        wake();
    }

    bool publish(publication range) override
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || ended_ || window_.has_room(); });
        if (stopping_ || ended_)
            return false;
        for (const auto& one : range.records)
            topics_.want({one.topic});
        window_.add(std::move(range));
        wake();
        return true;
    }

    offset published_through() const override { return {published_through_}; }

    void stop(milliseconds limit) override
    {
        {
            std::lock_guard lock(mutex_);
            if (!stopping_)
                deadline_ = steady::now() + limit;
            stopping_ = true;
            wake();
            changed_.notify_all();
        }
        if (thread_.joinable())
            thread_.join();
    }

private:
    void run()
    {
        while (!done()) {
            replace_broken();
            if (!producer_)
                continue;
            look();
            topics_.settle(*producer_, mutex_);
            send();
            take_reports();
            confirm();
            tell();
        }
        {
            std::lock_guard lock(mutex_);
            ended_ = true;
            changed_.notify_all();
        }
        if (const auto last = take_producer())
            last->close(5s);
    }

    bool done()
    {
        std::lock_guard lock(mutex_);
        return store_.failed() || (stopping_ && (window_.empty() || steady::now() >= deadline_));
    }

    // Call with the mutex held.
    void wake()
    {
        if (producer_)
            producer_->wake();
        changed_.notify_all();
    }

    std::unique_ptr<producer> take_producer()
    {
        std::lock_guard lock(mutex_);
        return std::move(producer_);
    }

    // A producer that can't go on makes room for a new one, which gets everything without a report once more, in order.
    void replace_broken()
    {
        if (producer_ && producer_->broken().empty())
            return;
        if (const auto old = take_producer()) {
            trouble_ = old->broken();
            observe::log.error("bus.producer_replaced", {{"reason", trouble_}});
            say(false);
            old->close(2s);
        }
        {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, backoff_, [this] { return stopping_; });
        }
        backoff_ = std::min<milliseconds>(backoff_ * 2, most_backoff);
        model::issues found;
        auto next = make_producer(properties_, found);
        if (!found.empty())
            trouble_ = found.front().diagnostics;
        std::lock_guard lock(mutex_);
        producer_ = std::move(next);
        window_.send_again();
        topics_.want_again();
    }

    // While no broker is known to be there it is asked for: nothing else would tell that it is back.
    void look()
    {
        if (producer_->up() || steady::now() < next_look_)
            return;
        producer_->look(500ms);
        next_look_ = steady::now() + 1s;
    }

    void send()
    {
        std::lock_guard lock(mutex_);
        window_.send([this](const model::record& one, std::uint64_t id) {
            if (!topics_.has(one.topic))
                return false;
            const auto refused = producer_->send(one, id);
            if (!refused.empty() && refused != trouble_) {
                trouble_ = refused;
                observe::log.error("bus.record_refused",
                                   {{"topic", one.topic}, {"offset", one.at.value}, {"reason", refused}});
            }
            return refused.empty();
        });
    }

    void take_reports()
    {
        const auto reports = producer_->poll(100ms);
        if (reports.empty())
            return;
        backoff_ = least_backoff;
        trouble_.clear();
        std::lock_guard lock(mutex_);
        for (const auto& one : reports)
            window_.note(one);
    }

    void confirm()
    {
        for (;;) {
            std::unique_lock lock(mutex_);
            auto next = window_.take_confirmed();
            lock.unlock();
            if (!next)
                return;
            if (!commit(*next))
                return;
            changed_.notify_all();
        }
    }

    bool commit(window::range& one)
    {
        auto& what = one.what;
        if (what.placed)
            what.placed(what.effects, one.places);
        if (!what.effects.empty() && store_.commit(std::move(what.effects), store::durability::buffered))
            return false;  // the store failed for good: the loop ends
        for (const auto& place : one.places)
            board_.topic(place.topic).records.add();
        published_through_ = what.through.value;
        board_.bus().published.set(static_cast<std::int64_t>(what.through.value));
        if (what.committed)
            what.committed();
        return true;
    }

    void tell()
    {
        say(producer_->up());
        auto words = trouble_.empty() ? topics_.complaint() : trouble_;
        if (words.empty() && !producer_->up())
            words = producer_->last_error();
        if (words != told_)
            board_.bus().last_error.set(words);
        told_ = std::move(words);
    }

    void say(bool up)
    {
        if (up == told_up_)
            return;
        told_up_ = up;
        board_.bus().up.set(up);
        board_.bus().state.set(up ? "up" : "down");
        if (up)
            observe::log.info("bus.up", {});
        else
            observe::log.warn("bus.down", {{"reason", producer_ ? producer_->last_error() : trouble_}});
    }

    store::store& store_;
    observe::board& board_;
    const properties properties_;

    std::mutex mutex_;  ///< for what `publish`, `ensure_topics` and `stop` touch
    std::condition_variable changed_;
    topics topics_;
    window window_;
    std::unique_ptr<producer> producer_;  ///< changed by the thread only, with the mutex held
    bool stopping_ = false;
    bool ended_ = false;
    steady::time_point deadline_{};

    std::atomic<std::uint64_t> published_through_;
    milliseconds backoff_ = least_backoff;
    steady::time_point next_look_{};
    std::string trouble_;  ///< why records don't go out, where the brokers are there
    std::string told_;
    bool told_up_ = false;
    std::thread thread_;
};

}  // namespace

std::unique_ptr<bus> make_bus(const settings::bus& given, parts from, model::issues& found)
{
    auto of = properties_of(given, from.node, found);
    auto first = make_producer(of, found);
    if (!first || model::has_error(found))
        return nullptr;
    return std::make_unique<kafka_bus>(given, std::move(from), std::move(of), std::move(first));
}

void check(const settings::bus& given, model::issues& found)
{
    check_properties(properties_of(given, "check", found), found);
}

}  // namespace tieline::bus::kafka
