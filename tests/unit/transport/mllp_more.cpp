// What a listener does beside its answers: what it says later, and how one takes over from another.
#include "tests/unit/transport/plain_mllp.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using namespace tieline::tests;
using transport::mllp::frame;
using transport::mllp::make_listener;

namespace {

transport::reply answered_later(const model::received& message)
{
    transport::reply said{.what = transport::reply::kind::stored, .bytes = "CA " + message.bytes};
    said.later = {message.bytes};
    return said;
}

}  // namespace

TEST_CASE("mllp listener: says what comes later to a sender that waits, between its messages and inside of one", "[transport][mllp]")
{
    mllp_listener at;
    at.intake.answer = answered_later;
    line sender(at.port());
    const auto say = [&](std::size_t which, const std::string& bytes) {
        at.on_thread([&] {
            if (const auto over = at.intake.followed().at(which).second.lock())
                over->say(bytes);
        });
    };
    CHECK(exchange(sender, frame("one"), frame("CA one").size()) == frame("CA one"));
    say(0, "AA one");
    CHECK(sender.receive(frame("AA one").size()) == frame("AA one"));
    sender.send("\x0Btw");
    say(0, "AA again");
    CHECK(sender.receive(frame("AA again").size()) == frame("AA again"));
    CHECK(exchange(sender, "o\x1C\r", frame("CA two").size()) == frame("CA two"));
    for (int number = 0; number < 50; number++)
        say(1, "AA two");
    for (int number = 0; number < 50; number++)
        CHECK(sender.receive(frame("AA two").size()) == frame("AA two"));
    CHECK(at.intake.followed()[0].first == "one");
}

TEST_CASE("mllp listener: the way back ends with the connection", "[transport][mllp]")
{
    mllp_listener at;
    at.intake.answer = answered_later;
    {
        line sender(at.port());
        CHECK(exchange(sender, frame("one"), frame("CA one").size()) == frame("CA one"));
    }
    CHECK(eventually([&] { return at.intake.followed().at(0).second.expired(); }));
}

TEST_CASE("mllp listener: takes nothing before it is started, and the port of one that leaves without refusing anybody", "[transport][mllp]")
{
    mllp_listener at;
    line known(at.port());
    CHECK(exchange(known, frame("one"), answer_to("one").size()) == answer_to("one"));
    std::unique_ptr<transport::listener> next;
    at.on_thread([&] {
        model::issues found;
        next = make_listener(listener_settings("mllp: {port: " + std::to_string(at.port()) + "}"), {at.context, at.intake, at.board}, found);
        auto* leaving = at.listener.get();
        CHECK_FALSE(next->open({&leaving, 1}));
    });
    line between(at.port());  // waits in the port that both hold
    CHECK(exchange(between, frame("two"), answer_to("two").size()) == answer_to("two"));
    std::promise<void> left;
    at.on_thread([&] {
        at.listener->stop(5s, [&left] { left.set_value(); });
        CHECK_FALSE(next->start());
    });
    REQUIRE(left.get_future().wait_for(10s) == std::future_status::ready);
    CHECK(known.closed());
    CHECK(at.row().state.get() == "listening");
    line fresh(next->port());
    CHECK(exchange(fresh, frame("three"), answer_to("three").size()) == answer_to("three"));
    at.on_thread([&] { at.listener.reset(); });  // the old one's end takes nothing with it
    CHECK(exchange(fresh, frame("four"), answer_to("four").size()) == answer_to("four"));
    at.on_thread([&] { next.reset(); });
}

TEST_CASE("mllp listener: opens at another address of a port whose listener leaves, which opens again when it stays", "[transport][mllp]")
{
    mllp_listener at;
    const auto port = at.port();
    std::unique_ptr<transport::listener> next;
    at.on_thread([&] {
        model::issues found;
        next = make_listener(listener_settings("mllp: {address: 0.0.0.0, port: " + std::to_string(port) + "}"), {at.context, at.intake, at.board}, found);
        auto* leaving = at.listener.get();
        CHECK_FALSE(next->open({&leaving, 1}));
        next.reset();  // a reload that was refused after all
    });
    REQUIRE(eventually([&] {
        try {
            line sender(port);
            return exchange(sender, frame("one"), answer_to("one").size()) == answer_to("one");
        } catch (const boost::system::system_error&) {
            return false;  // not yet
        }
    }));
}
