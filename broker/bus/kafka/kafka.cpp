#include "broker/bus/kafka/kafka.hpp"

#include "broker/bus/kafka/producer.hpp"
#include "broker/bus/kafka/topics.hpp"
#include "broker/bus/kafka/transactions.hpp"
#include "broker/bus/kafka/window.hpp"
#include "broker/observe/log.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace tieline::bus::kafka {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using milliseconds = std::chrono::milliseconds;

// What is on its way to Kafka at one time: it stands in memory twice, here and in librdkafka.
constexpr std::size_t most_bytes = 24U << 20;
constexpr std::size_t most_records = 20'000;

constexpr auto least_backoff = 200ms;
constexpr auto most_backoff = 5'000ms;
constexpr std::size_t largest_batch = 1'000'000;  // bytes, librdkafka's own default

// What a record takes besides key, value and headers: Kafka's record and batch around it, at most.
constexpr std::size_t around_record = 200;

std::size_t bytes_of(const model::record& one)
{
    std::size_t bytes = around_record + one.key.size() + one.value.size();
    for (const auto& [name, value] : one.headers)
        bytes += name.size() + value.size() + 10;
    return bytes;
}

/// One thread has the producer: it makes topics, sends what `publish` took, and confirms ranges in order.
class kafka_bus final : public bus {
public:
    kafka_bus(const settings::bus& given, parts from, properties of, std::unique_ptr<producer> first)
        : store_(from.store), board_(from.board), properties_(std::move(of)), topics_(given, from.board),
          window_(most_bytes, most_records, from.from), producer_(std::move(first)), published_through_(from.from.value)
    {
        if (given.exactly_once)
            transactions_.emplace(given, from);
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
            fit_batches();
            if (may_send()) {
                send();
                take_reports(poll_limit());
                confirm(transactions_ ? end_transaction() : SIZE_MAX);
            } else {
                take_reports(100ms);
            }
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
        return store_.failed() || (stopping_ && (window_.empty() || steady::now() >= deadline_ || stopped()));
    }

    bool stopped() const { return transactions_ && !transactions_->stopped().empty(); }

    bool stopping()
    {
        std::lock_guard lock(mutex_);
        return stopping_ && (window_.empty() || steady::now() >= deadline_);
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

    // A producer that can't go on makes room for a new one, which gets what is not known to be on Kafka once more, in order.
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
        auto wanted = properties_;
        if (batch_bytes_ < largest_batch)
            wanted.emplace_back("batch.size", std::to_string(batch_bytes_));
        model::issues found;
        auto next = make_producer(wanted, found);
        if (!found.empty())
            trouble_ = found.front().diagnostics;
        std::lock_guard lock(mutex_);
        producer_ = std::move(next);
        transactions_ ? window_.start_over() : window_.send_again();
        topics_.want_again();
        if (transactions_)
            transactions_->producer_is_new();
    }

    // While no broker is known to be there it is asked for: nothing else would tell that it is back.
    void look()
    {
        if (producer_->up() || steady::now() < next_look_)
            return;
        producer_->look(500ms);
        next_look_ = steady::now() + 1s;
    }

    // A batch that is larger than a topic takes would be refused although each of its records is not.
    void fit_batches()
    {
        std::unique_lock lock(mutex_);
        const auto fitting = std::min(batch_bytes_, topics_.least_most_bytes());
        lock.unlock();
        if (fitting == batch_bytes_)
            return;
        batch_bytes_ = fitting;
        producer_->give_up("a topic takes batches of at most " + std::to_string(fitting) + " bytes");
    }

    // With transactions only once the producer has taken over, and while it gets on.
    bool may_send()
    {
        if (!producer_->broken().empty())
            return false;
        if (!transactions_)
            return true;
        if (!producer_->up())
            transactions_->got_on();
        else if (transactions_->stuck())
            producer_->give_up("Kafka does not answer");
        if (transactions_->ready())
            return true;
        if (!producer_->up() || !transactions_->take_over(*producer_, [this] { return stopping(); }))
            return false;
        backoff_ = least_backoff;
        trouble_.clear();
        return true;
    }

    milliseconds poll_limit() const { return transactions_ ? transactions_->until_due(100ms) : 100ms; }

    void send()
    {
        std::lock_guard lock(mutex_);
        window_.send([this](window::range& one) { return begin(one); },
                     [this](const model::record& one, std::uint64_t id) { return send(one, id); });
    }

    bool begin(window::range& one)
    {
        const auto& records = one.what.records;
        if (!std::all_of(records.begin(), records.end(), [this](const auto& each) { return topics_.has(each.topic); }))
            return false;
        if (transactions_ && !transactions_->add(*producer_, one))
            return false;
        for (const auto& each : records) {
            const auto most = topics_.most_bytes(each.topic);
            if (const auto bytes = bytes_of(each); bytes > most)
                window::refuse(one, each.at, "its record of " + std::to_string(bytes) + " bytes is larger than topic " + each.topic +
                                                 " takes, " + std::to_string(most) + " (max.message.bytes)");
        }
        return true;
    }

    bool send(const model::record& one, std::uint64_t id)
    {
        const auto refused = producer_->send(one, id);
        if (!refused.empty() && refused != trouble_) {
            trouble_ = refused;
            observe::log.error("bus.record_refused",
                               {{"topic", one.topic}, {"offset", one.at.value}, {"reason", refused}});
        }
        return refused.empty();
    }

    void take_reports(milliseconds limit)
    {
        const auto reports = producer_->poll(limit);
        if (reports.empty())
            return;
        backoff_ = least_backoff;
        trouble_.clear();
        if (transactions_)
            transactions_->got_on();
        std::lock_guard lock(mutex_);
        for (const auto& one : reports)
            window_.note(one);
    }

    // How many ranges a transaction that is through confirms; their reports are noted.
    std::size_t end_transaction()
    {
        bool now = false;
        {
            std::lock_guard lock(mutex_);
            now = stopping_;
        }
        const auto confirmed = transactions_->end(*producer_, now);
        take_reports(0ms);
        return confirmed;
    }

    void confirm(std::size_t most)
    {
        for (; most > 0; most--) {
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
        for (const auto& [place, refused] : one.places)
            if (refused.empty())
                board_.topic(place.topic).records.add();
        published_through_ = what.through.value;
        board_.bus().published.set(static_cast<std::int64_t>(what.through.value));
        if (what.committed)
            what.committed();
        return true;
    }

    void tell()
    {
        const bool up = producer_->up() && !stopped();
        say(up);
        auto words = stopped() ? transactions_->stopped() : transactions_ ? transactions_->trouble() : std::string();
        if (words.empty())
            words = trouble_;
        if (words.empty())
            words = topics_.complaint();
        if (words.empty() && !up)
            words = producer_->last_error();
        if (words != told_)
            board_.bus().last_error.set(words);
        told_ = std::move(words);
    }

    void say(bool up)
    {
        const std::string_view state = up ? "up" : stopped() ? "stopped" : "down";
        if (state == told_state_)
            return;
        told_state_ = state;
        board_.bus().up.set(up);
        board_.bus().state.set(state);
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

    std::optional<transactions> transactions_;  ///< the thread's alone
    std::atomic<std::uint64_t> published_through_;
    milliseconds backoff_ = least_backoff;
    std::size_t batch_bytes_ = largest_batch;
    steady::time_point next_look_{};
    std::string trouble_;  ///< why records don't go out, where the brokers are there
    std::string told_;
    std::string_view told_state_ = "down";
    std::thread thread_;
};

}  // namespace

std::unique_ptr<bus> make_bus(const settings::bus& given, parts from, model::issues& found)
{
    auto of = properties_of(given, from.node, found);
    auto first = make_producer(of, found);
    if (!first || model::has_error(found))
        return nullptr;
    if (!given.exactly_once)
        (void)forget_progress(from.store);  // a store that failed is seen by all
    return std::make_unique<kafka_bus>(given, std::move(from), std::move(of), std::move(first));
}

void check(const settings::bus& given, model::issues& found)
{
    check_properties(properties_of(given, "check", found), found);
}

}  // namespace tieline::bus::kafka
