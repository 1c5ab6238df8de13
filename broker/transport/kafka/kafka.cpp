#include "broker/transport/kafka/kafka.hpp"

#include "broker/base/async.hpp"
#include "broker/observe/log.hpp"
#include "broker/transport/kafka/consumer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <type_traits>
#include <utility>

namespace tieline::transport::kafka {
namespace {

using namespace std::chrono_literals;
using observe::log;
using milliseconds = std::chrono::milliseconds;

constexpr std::size_t most_at_once = 256;  // records
constexpr auto patience = 300ms;           // of a wait for records, after which stopping is noticed
constexpr auto retry_after = 500ms;        // of what can't be stored now

template <typename Work>
asio::awaitable<std::invoke_result_t<Work>> call(Work work)
{
    co_return work();
}

/// Takes records and has them stored: those of a partition one after the other, as a sender on one connection would send them, the
/// partitions side by side. Its coroutines hold it, so that it can outlast the listener's object.
class reader : public std::enable_shared_from_this<reader> {
public:
    reader(options given, listener_parts parts)
        : given_(std::move(given)), parts_(parts), row_(parts.board.listener(given_.from.name)), consumer_(make_consumer(given_)),
          lane_ended_(parts.context), limit_(parts.context)
    {
        row_.kind.set("kafka");
        row_.address.set(given_.servers + '/' + given_.topic);
        row_.state.set("not listening");
    }

    void start();
    void stop(milliseconds limit, std::function<void()> done);
    void end();

private:
    using lane = std::vector<record>;

    asio::awaitable<void> run(std::shared_ptr<reader> self);
    asio::awaitable<void> take_and_store();
    asio::awaitable<void> store(std::shared_ptr<reader> self, lane records);
    asio::awaitable<bool> store_one(record one);
    asio::awaitable<reply> ask(record one);
    template <typename Work>
    asio::awaitable<std::invoke_result_t<Work>> on_thread(Work work);
    void tell();
    void finish();

    const options given_;
    listener_parts parts_;
    observe::listener_row& row_;
    std::unique_ptr<consumer> consumer_;
    positions stored_;
    std::size_t open_lanes_ = 0;
    asio::steady_timer lane_ended_;
    asio::steady_timer limit_;
    std::function<void()> done_{};
    bool running_ = false;
    bool stopping_ = false;
    bool ended_ = false;           // the thread takes no more work
    asio::thread_pool thread_{1};  // the consumer's
};

void reader::start()
{
    running_ = true;
    auto running = run(shared_from_this());
    auto when_ended = [self = shared_from_this()](std::exception_ptr) {
        self->running_ = false;
        if (self->stopping_)
            self->finish();
    };
    asio::co_spawn(parts_.context, std::move(running), std::move(when_ended));
}

asio::awaitable<void> reader::run(std::shared_ptr<reader>)
{
    while (!stopping_) {
        if (parts_.intake.ready()) {
            co_await take_and_store();
            continue;
        }
        row_.state.set("closed: " + parts_.board.not_ready().get());
        co_await sleep_for(retry_after);
    }
    auto closing = [this] { return consumer_->close(2s), true; };
    if (!ended_)
        (void)co_await on_thread(closing);
}

template <typename Work>
asio::awaitable<std::invoke_result_t<Work>> reader::on_thread(Work work)
{
    auto calling = call(std::move(work));
    auto executor = thread_.get_executor();
    co_return co_await asio::co_spawn(executor, std::move(calling), asio::use_awaitable);
}

asio::awaitable<void> reader::take_and_store()
{
    auto taking = [this] { return consumer_->take(most_at_once, patience); };
    auto records = co_await on_thread(taking);
    tell();
    if (records.empty())
        co_return;
    std::map<std::int32_t, lane> lanes;
    for (auto& one : records)
        lanes[one.partition].push_back(std::move(one));
    open_lanes_ = lanes.size();
    for (auto& [partition, lane] : lanes) {
        auto storing = store(shared_from_this(), std::move(lane));
        asio::co_spawn(parts_.context, std::move(storing), asio::detached);
    }
    while (open_lanes_ > 0) {
        lane_ended_.expires_at(asio::steady_timer::time_point::max());
        co_await lane_ended_.async_wait(no_throw);
    }
    if (ended_)
        co_return;
    positions next = std::exchange(stored_, {});
    auto committing = [this, next] { return consumer_->stored(next), true; };
    (void)co_await on_thread(committing);
}

// The records of one partition, in order. What comes behind one that was not stored is read again.
asio::awaitable<void> reader::store(std::shared_ptr<reader>, lane records)
{
    for (auto& one : records) {
        const auto partition = one.partition;
        const auto next = one.position + 1;
        const bool done = co_await store_one(std::move(one));
        if (!done)
            break;
        stored_[partition] = next;
    }
    open_lanes_--;
    lane_ended_.cancel();
}

// Until it is durable, or refused; false when stopping comes first.
asio::awaitable<bool> reader::store_one(record one)
{
    while (!stopping_) {
        record again = one;
        auto said = co_await ask(std::move(again));
        if (said.what != reply::kind::unavailable) {
            if (said.what == reply::kind::forbidden)
                log.warn("kafka.record_refused", {{"listener", given_.from.name}, {"partition", one.partition}, {"position", one.position}});
            co_return true;
        }
        co_await sleep_for(retry_after);
    }
    co_return false;
}

asio::awaitable<reply> reader::ask(record one)
{
    if (one.bytes.empty() || one.bytes.size() > given_.max_record) {
        model::issue why{.code = "too-long"};
        why.diagnostics = one.bytes.empty() ? "a record without a value"
                                            : "the record is larger than this listener allows, " + std::to_string(given_.max_record) + " bytes";
        log.warn("kafka.record_refused", {{"listener", given_.from.name}, {"partition", one.partition}, {"position", one.position},
                                          {"bytes", one.bytes.size()}});
        auto said = parts_.intake.refuse(given_.from.name, std::string_view(one.bytes).substr(0, 4096), why);
        said.what = reply::kind::rejected;
        co_return said;
    }
    model::received message;
    message.identity = given_.topic + '/' + std::to_string(one.partition) + '/' + std::to_string(one.position);
    message.peer = "kafka " + message.identity;
    message.bytes = std::move(one.bytes);
    message.listener = given_.from.name;
    message.sender = given_.from.name;
    message.content_type = std::move(one.content_type);
    message.at = now();
    auto said = co_await parts_.intake.accept(std::move(message));
    co_return said;
}

void reader::tell()
{
    const auto trouble = consumer_->trouble();
    row_.state.set(trouble.empty() ? "listening" : "not listening");
    if (!trouble.empty() && row_.last_error.get() != trouble) {
        row_.last_error.set(trouble);
        log.warn("kafka.not_reading", {{"listener", given_.from.name}, {"reason", trouble}});
    }
}

void reader::stop(milliseconds limit, std::function<void()> done)
{
    done_ = std::move(done);
    stopping_ = true;
    row_.state.set("not listening");
    if (!running_)
        return finish();
    limit_.expires_after(limit);
    limit_.async_wait([self = shared_from_this()](error_code cancelled) {
        if (!cancelled)
            self->finish();
    });
}

// What runs on the thread ends before this returns: it would tell a context that may be gone.
void reader::end()
{
    stopping_ = ended_ = true;
    thread_.join();
    finish();
}

void reader::finish()
{
    limit_.cancel();
    if (done_)
        asio::post(parts_.context, std::exchange(done_, {}));
}

class kafka_listener final : public listener {
public:
    kafka_listener(options given, listener_parts parts) : reader_(std::make_shared<reader>(std::move(given), parts)) {}
    ~kafka_listener() override { reader_->end(); }
    error_code start() override { return reader_->start(), error_code(); }
    void stop(milliseconds limit, std::function<void()> done) override { reader_->stop(limit, std::move(done)); }

private:
    std::shared_ptr<reader> reader_;
};

}  // namespace

std::unique_ptr<listener> make_listener(settings::listener from, listener_parts parts, model::issues& found)
{
    auto given = read_options(std::move(from), found);
    if (!given)
        return nullptr;
    return std::make_unique<kafka_listener>(std::move(*given), parts);
}

}  // namespace tieline::transport::kafka
