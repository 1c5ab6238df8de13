#pragma once

#include "broker/base/async.hpp"
#include "broker/settings/settings.hpp"
#include "broker/transport/listener.hpp"
#include "tests/support/eventually.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tieline::tests {

using namespace std::chrono_literals;

/// The intake of a transport's tests: notes what came, answers `ACK <message>`, or as `answer` says.
class noting_intake final : public transport::intake {
public:
    asio::awaitable<transport::reply> accept(model::received message) override
    {
        auto said = answer(message);
        const auto wait = delay.load();
        {
            std::lock_guard lock(mutex_);
            came_.push_back(std::move(message));
        }
        if (wait > 0ms)
            co_await sleep_for(wait);
        co_return said;
    }
    transport::reply refuse(std::string_view, std::string_view head, model::issue why) override
    {
        std::lock_guard lock(mutex_);
        refused_.push_back(std::move(why));
        return {.what = transport::reply::kind::rejected, .bytes = "AR " + std::string(head.substr(0, 3)), .close = true};
    }
    bool ready() const override { return ready_now; }
    std::optional<std::string> status(std::string_view, std::string_view, std::string_view) override { return std::nullopt; }
    void follow(std::string_view, std::string_view id, std::weak_ptr<transport::way_back> over) override
    {
        std::lock_guard lock(mutex_);
        followed_.emplace_back(id, std::move(over));
    }
    /// The ways back to the senders of messages with something to be said later, by their ids.
    std::vector<std::pair<std::string, std::weak_ptr<transport::way_back>>> followed() const
    {
        std::lock_guard lock(mutex_);
        return followed_;
    }

    std::vector<model::received> came() const
    {
        std::lock_guard lock(mutex_);
        return came_;
    }
    model::issues refused() const
    {
        std::lock_guard lock(mutex_);
        return refused_;
    }

    std::atomic<bool> ready_now = true;
    std::atomic<std::chrono::milliseconds> delay{0ms};
    std::function<transport::reply(const model::received&)> answer = [](const model::received& message) {
        return transport::reply{.what = transport::reply::kind::stored, .bytes = "ACK " + message.bytes};
    };

private:
    mutable std::mutex mutex_;
    std::vector<model::received> came_;
    model::issues refused_;
    std::vector<std::pair<std::string, std::weak_ptr<transport::way_back>>> followed_;
};

/// The listener `one` of a configuration file whose listener is this YAML mapping.
inline settings::listener listener_settings(const std::string& yaml)
{
    model::issues found;
    auto read = settings::parse("data: data\nlisteners:\n  one: {adapter: hl7v2, " + yaml + "}\n", "/tmp/tieline-test.yaml", found);
    if (read.listeners.empty())
        throw std::runtime_error(found.empty() ? "no listener" : model::to_text(found.front()));
    return read.listeners.front();
}

/// An Asio thread with a listener on it.
class running_listener {
public:
    explicit running_listener(const transport::listener_factory& make, const std::string& yaml)
    {
        model::issues found;
        listener = make(listener_settings(yaml), {context, intake, board}, found);
        if (!listener)
            throw std::runtime_error(found.empty() ? "not made" : model::to_text(found.front()));
    }
    ~running_listener()
    {
        if (thread_.joinable())
            on_thread([this] { listener.reset(); });
        work_.reset();
        context.stop();
        if (thread_.joinable())
            thread_.join();
    }

    void start()
    {
        if (const auto failed = listener->start())
            throw boost::system::system_error(failed);
        thread_ = std::thread([this] { context.run(); });
    }
    void on_thread(std::function<void()> work)
    {
        std::promise<void> done;
        asio::post(context, [&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }
    /// Stops the listener; false when `done` was not called within ten seconds.
    bool stop(std::chrono::milliseconds limit)
    {
        auto done = std::make_shared<std::promise<void>>();
        on_thread([&] { listener->stop(limit, [done] { done->set_value(); }); });
        return done->get_future().wait_for(10s) == std::future_status::ready;
    }
    observe::listener_row& row() { return board.listener("one"); }

    asio::io_context context;
    noting_intake intake;
    observe::board board;
    std::unique_ptr<transport::listener> listener;

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_{context.get_executor()};
    std::thread thread_;
};

/// A sender's plain TCP connection, blocking, every wait bounded to ten seconds.
class line {
public:
    explicit line(std::uint16_t port) : socket_(context_)
    {
        socket_.connect({asio::ip::make_address("127.0.0.1"), port});
        const timeval limit{.tv_sec = 10, .tv_usec = 0};
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        socket_.set_option(asio::ip::tcp::no_delay(true));
    }
    void send(std::string_view bytes)
    {
        error_code ignored;
        asio::write(socket_, asio::buffer(bytes), ignored);
    }
    void end_sending() { socket_.shutdown(asio::ip::tcp::socket::shutdown_send); }
    /// So many bytes; fewer when the listener closed or ten seconds passed.
    std::string receive(std::size_t size)
    {
        std::string bytes(size, '\0');
        std::size_t got = 0;
        for (ssize_t more = 1; more > 0 && got < size; got += more > 0 ? static_cast<std::size_t>(more) : 0)
            more = ::recv(socket_.native_handle(), bytes.data() + got, size - got, 0);
        bytes.resize(got);
        return bytes;
    }
    /// All that still comes until the listener closes.
    std::string rest() { return receive(1 << 20); }
    /// Whether the listener closed without a word (or with a reset).
    bool closed()
    {
        char byte = 0;
        const auto got = ::recv(socket_.native_handle(), &byte, 1, 0);
        return got == 0 || (got < 0 && errno == ECONNRESET);
    }

private:
    asio::io_context context_;
    asio::ip::tcp::socket socket_;
};

}  // namespace tieline::tests
