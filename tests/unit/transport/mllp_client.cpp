#include "broker/transport/mllp/client.hpp"
#include "broker/transport/mllp/framer.hpp"
#include "tests/unit/transport/wire.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

using namespace tieline;
using namespace tieline::tests;
using transport::mllp::frame;
using tcp = boost::asio::ip::tcp;

namespace {

/// A receiver that does with each connection what the test says, on a thread of its own.
class receiver {
public:
    explicit receiver(std::function<void(tcp::socket)> serve, int connections = 1)
        : acceptor_(context_, {boost::asio::ip::make_address("127.0.0.1"), 0}), thread_([this, serve = std::move(serve), connections] {
              for (int i = 0; i < connections; i++)
                  serve(acceptor_.accept());
          })
    {
    }
    ~receiver() { thread_.join(); }
    std::uint16_t port() { return acceptor_.local_endpoint().port(); }

private:
    boost::asio::io_context context_;
    tcp::acceptor acceptor_;
    std::thread thread_;
};

/// The next message of the stream; empty at its end.
std::string take(tcp::socket& from)
{
    std::string all;
    char byte = 0;
    error_code failed;
    while (!failed && !all.ends_with("\x1C\r"))
        if (boost::asio::read(from, boost::asio::buffer(&byte, 1), failed) == 1)
            all += byte;
    return all.size() < 3 ? std::string() : all.substr(1, all.size() - 3);
}

void say(tcp::socket& to, std::string_view bytes) { boost::asio::write(to, boost::asio::buffer(bytes)); }

/// A client whose exchanges are awaited here.
class caller {
public:
    explicit caller(std::uint16_t port, std::size_t max_frame = 16U << 20)
        : client(transport::mllp::make_client(context.get_executor(), {.host = "127.0.0.1", .port = port, .max_frame = max_frame}).value())
    {
    }
    result<std::string> exchange(std::string message, std::chrono::milliseconds limit = 10s)
    {
        auto answer = boost::asio::co_spawn(context, client->exchange(std::move(message), limit), boost::asio::use_future);
        context.restart();
        context.run();
        return answer.get();
    }
    boost::asio::io_context context;
    std::unique_ptr<transport::mllp::client> client;
};

}  // namespace

TEST_CASE("mllp client: sends messages on one connection and gives their replies", "[transport][mllp]")
{
    std::promise<std::string> rest;
    receiver at([&rest](tcp::socket from) {
        say(from, frame("to " + take(from)));
        const auto second = take(from);
        say(from, "\x0Bto ");
        say(from, second);
        say(from, "\x1C\r");
        rest.set_value(take(from));  // Catch can't check on two threads at once
    });
    caller to(at.port());
    CHECK(to.exchange("one").value() == "to one");
    CHECK(to.exchange("two").value() == "to two");
    to.client->close();
    CHECK(rest.get_future().get().empty());
}

TEST_CASE("mllp client: a late reply is not taken for the next message's", "[transport][mllp]")
{
    std::promise<std::string> rest;
    receiver at(
        [calls = 0, &rest](tcp::socket from) mutable {
            const auto message = take(from);
            if (calls++ == 0)
                rest.set_value(take(from));  // silent until the client gives up
            else
                say(from, frame("to " + message));
        },
        2);
    caller to(at.port());
    CHECK(to.exchange("one", 100ms).error() == boost::asio::error::timed_out);
    CHECK(to.exchange("two").value() == "to two");
    CHECK(rest.get_future().get().empty());
}

TEST_CASE("mllp client: a second reply to one message is not taken for the next one's", "[transport][mllp]")
{
    for (const bool together : {true, false}) {
        std::promise<void> second;
        std::promise<std::string> rest;
        auto came = second.get_future();
        receiver at(
            [&second, &rest, together, calls = 0](tcp::socket from) mutable {
                const auto message = take(from);
                say(from, frame("to " + message) + (together && calls == 0 ? frame("again") : ""));
                if (!together && calls == 0) {
                    say(from, frame("again"));
                    second.set_value();
                }
                if (calls++ == 0)
                    rest.set_value(take(from));
            },
            2);
        caller to(at.port());
        CHECK(to.exchange("one").value() == "to one");
        if (!together)
            came.wait();
        CHECK(to.exchange("two").value() == "to two");
        CHECK(rest.get_future().get().empty());
    }
}

TEST_CASE("mllp client: opens a connection again that the receiver closed in between", "[transport][mllp]")
{
    std::promise<void> first;
    auto gone = first.get_future();
    receiver at(
        [&first, calls = 0](tcp::socket from) mutable {
            say(from, frame("to " + take(from)));
            from.close();
            if (calls++ == 0)
                first.set_value();
        },
        2);
    caller to(at.port());
    CHECK(to.exchange("one").value() == "to one");
    gone.wait();
    CHECK(to.exchange("two").value() == "to two");
}

TEST_CASE("mllp client: says when the receiver is not there, hangs up, or answers too much", "[transport][mllp]")
{
    std::uint16_t nobody = 0;
    {
        boost::asio::io_context context;
        nobody = tcp::acceptor(context, {boost::asio::ip::make_address("127.0.0.1"), 0}).local_endpoint().port();
    }
    CHECK(caller(nobody).exchange("one").error() == boost::asio::error::connection_refused);

    receiver hangs_up([](tcp::socket from) { take(from); });
    CHECK(caller(hangs_up.port()).exchange("one").error() == boost::asio::error::eof);

    receiver large([](tcp::socket from) {
        take(from);
        say(from, frame(std::string(2000, 'x')));
    });
    CHECK(caller(large.port(), 1024).exchange("one").error() == transport::mllp::errc::frame_too_large);
}
