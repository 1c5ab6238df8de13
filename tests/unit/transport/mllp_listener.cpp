#include "tests/unit/transport/plain_mllp.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using namespace tieline::tests;
using transport::mllp::frame;
using transport::mllp::make_listener;

TEST_CASE("mllp listener: hands a message to the intake and writes its answer", "[transport][mllp]")
{
    mllp_listener at;
    line sender(at.port());
    CHECK(exchange(sender, frame("MSH|one"), answer_to("MSH|one").size()) == answer_to("MSH|one"));
    CHECK(exchange(sender, frame("MSH|two"), answer_to("MSH|two").size()) == answer_to("MSH|two"));

    const auto came = at.intake.came();
    REQUIRE(came.size() == 2);
    CHECK(came[0].bytes == "MSH|one");
    CHECK(came[0].listener == "one");
    CHECK(came[0].sender == "one");
    CHECK(came[0].peer.starts_with("127.0.0.1:"));
    CHECK(now() - came[0].at < 10s);
    CHECK(at.row().connections.get() == 1);
    CHECK(at.row().state.get() == "listening");
    CHECK(at.row().address.get() == "127.0.0.1:" + std::to_string(at.port()));
}

TEST_CASE("mllp listener: answers pipelined messages in order", "[transport][mllp]")
{
    mllp_listener at;
    line sender(at.port());
    std::string sent;
    std::string expected;
    for (int i = 0; i < 500; i++) {
        const auto message = "MSH|" + std::to_string(i) + std::string(static_cast<std::size_t>(i), 'x');
        sent += frame(message);
        expected += answer_to(message);
    }
    CHECK(exchange(sender, sent, expected.size()) == expected);
}

TEST_CASE("mllp listener: says nothing where the answer is empty, and reads on", "[transport][mllp]")
{
    mllp_listener at;
    at.intake.answer = [](const model::received& message) {
        return transport::reply{.what = transport::reply::kind::stored, .bytes = message.bytes == "quiet" ? "" : "ACK " + message.bytes};
    };
    line sender(at.port());
    CHECK(exchange(sender, frame("quiet") + frame("loud"), answer_to("loud").size()) == answer_to("loud"));
}

TEST_CASE("mllp listener: closes without an answer when a message can't be stored or its sender may not send", "[transport][mllp]")
{
    for (const auto kind : {transport::reply::kind::unavailable, transport::reply::kind::forbidden}) {
        mllp_listener at;
        at.intake.answer = [kind](const model::received&) { return transport::reply{.what = kind, .close = kind == transport::reply::kind::forbidden}; };
        line sender(at.port());
        sender.send(frame("one"));
        CHECK(sender.closed());
    }
}

TEST_CASE("mllp listener: writes the answer before it closes", "[transport][mllp]")
{
    mllp_listener at;
    at.intake.answer = [](const model::received&) { return transport::reply{.what = transport::reply::kind::rejected, .bytes = "AR", .close = true}; };
    line sender(at.port());
    sender.send(frame("one") + frame("two"));
    CHECK(sender.rest() == frame("AR"));
    CHECK(at.intake.came().size() == 1);
}

TEST_CASE("mllp listener: closes its port while nothing can be stored, and opens it again", "[transport][mllp]")
{
    mllp_listener at;
    const auto port = at.port();
    at.board.not_ready().set("disk full");
    at.intake.ready_now = false;
    CHECK(eventually([&] { return at.row().state.get() == "closed: disk full"; }));
    CHECK_THROWS(line(port));

    at.board.not_ready().set("");
    at.intake.ready_now = true;
    CHECK(eventually([&] { return at.row().state.get() == "listening"; }));
    line sender(port);
    CHECK(exchange(sender, frame("one"), answer_to("one").size()) == answer_to("one"));
}

TEST_CASE("mllp listener: turns away an address that `from` does not hold", "[transport][mllp]")
{
    mllp_listener elsewhere("port: 0", ", from: [10.0.0.0/8]");
    line refused(elsewhere.port());
    CHECK(refused.closed());
    CHECK(eventually([&] { return elsewhere.row().last_error.get().find("`from`") != std::string::npos; }));

    mllp_listener here("port: 0", ", from: [10.0.0.0/8, 127.0.0.0/8]");
    line allowed(here.port());
    CHECK(exchange(allowed, frame("one"), answer_to("one").size()) == answer_to("one"));
}

TEST_CASE("mllp listener: takes no more than max_connections, and the next when one has gone", "[transport][mllp]")
{
    mllp_listener at("port: 0, max_connections: 1");
    {
        line first(at.port());
        CHECK(exchange(first, frame("one"), answer_to("one").size()) == answer_to("one"));
        line second(at.port());
        CHECK(second.closed());
    }
    CHECK(eventually([&] { return at.row().connections.get() == 0; }));
    line third(at.port());
    CHECK(exchange(third, frame("two"), answer_to("two").size()) == answer_to("two"));
}

TEST_CASE("mllp listener: closes an idle connection where it is told to", "[transport][mllp]")
{
    mllp_listener at("port: 0, idle_close: 100ms");
    line sender(at.port());
    CHECK(exchange(sender, frame("one"), answer_to("one").size()) == answer_to("one"));
    CHECK(sender.closed());
}

TEST_CASE("mllp listener: a stop lets the message in hand be answered", "[transport][mllp]")
{
    mllp_listener at;
    at.intake.delay = 200ms;
    line busy(at.port());
    line idle(at.port());
    busy.send(frame("one"));
    REQUIRE(eventually([&] { return at.intake.came().size() == 1; }));
    CHECK(at.stop(10s));
    CHECK(busy.rest() == answer_to("one"));
    CHECK(idle.closed());
    CHECK(at.row().connections.get() == 0);
    CHECK_THROWS(line(at.port()));
}

TEST_CASE("mllp listener: a stop ends at its limit, whatever hangs", "[transport][mllp]")
{
    mllp_listener at;
    at.intake.delay = 1h;
    line hanging(at.port());
    hanging.send(frame("one"));
    REQUIRE(eventually([&] { return at.intake.came().size() == 1; }));
    CHECK(at.stop(100ms));
    CHECK(hanging.closed());
}

TEST_CASE("mllp listener: says why when its port is in use", "[transport][mllp]")
{
    mllp_listener first;
    running_listener second(make_listener, "mllp: {port: " + std::to_string(first.port()) + "}");
    CHECK(second.listener->start() == boost::asio::error::address_in_use);
    CHECK(second.row().state.get() == "not listening");
    CHECK(eventually([&] { return second.row().last_error.get().find("Address already in use") != std::string::npos; }));
}

TEST_CASE("mllp listener: names what is wrong in its configuration", "[transport][mllp]")
{
    const auto faults = [](const std::string& yaml) {
        boost::asio::io_context context;
        noting_intake intake;
        observe::board board;
        model::issues found;
        CHECK(make_listener(listener_settings(yaml), {context, intake, board}, found) == nullptr);
        return found;
    };
    CHECK(faults("mllp: {address: here, port: 99999, max_frame: 1, prot: 1}").size() == 4);
    CHECK(faults("mllp: {port: 0}, from: [10.0.0.0/99]").size() == 1);
    CHECK(faults("mllp: {port: 0}, certificate: [lab]").size() == 1);
    CHECK(faults("mllp: {port: 0, tls: {certificate: nowhere.pem, key: {file: nowhere.key}}}").size() >= 2);
}

TEST_CASE("bad input: garbage on the MLLP port is counted and closed after 64 KiB", "[transport][mllp]")
{
    mllp_listener at;
    line sender(at.port());
    sender.send(std::string((64 << 10) + 1, 'x'));
    CHECK(sender.rest().empty());
    CHECK(at.row().skipped_bytes.get() == (64 << 10) + 1);
    CHECK(eventually([&] { return at.row().last_error.get().find("this is not MLLP") != std::string::npos; }));
}

TEST_CASE("bad input: TLS on the plain MLLP port is named and closed at once", "[transport][mllp]")
{
    mllp_listener at;
    line sender(at.port());
    sender.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
    CHECK(sender.rest().empty());
    CHECK(eventually([&] { return at.row().last_error.get().find("TLS on a plain MLLP port") != std::string::npos; }));
}

TEST_CASE("bad input: HTTP on the MLLP port gets a 400", "[transport][mllp]")
{
    mllp_listener at;
    line sender(at.port());
    sender.send("POST /fhir/Patient HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nabcd");
    const auto said = sender.rest();
    CHECK(said.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(said.ends_with("This port speaks MLLP, not HTTP.\r\n"));
    CHECK(eventually([&] { return at.row().last_error.get().find("HTTP on an MLLP port") != std::string::npos; }));
}

TEST_CASE("bad input: an oversized frame is refused and the connection closed", "[transport][mllp]")
{
    mllp_listener at("port: 0, max_frame: 1KiB");
    line sender(at.port());
    sender.send(frame("MSH" + std::string(1 << 20, 'x')));
    CHECK(sender.rest() == frame("AR MSH"));
    REQUIRE(at.intake.refused().size() == 1);
    CHECK(at.intake.refused()[0].code == "too-long");
    CHECK(at.intake.came().empty());
}

TEST_CASE("bad input: a missing start block does not lose the next message", "[transport][mllp]")
{
    mllp_listener at;
    line sender(at.port());
    CHECK(exchange(sender, "MSH|lost\x1C\r" + frame("MSH|kept"), answer_to("MSH|kept").size()) == answer_to("MSH|kept"));
    CHECK(at.intake.came().size() == 1);
    CHECK(at.row().skipped_bytes.get() == 10);
}

TEST_CASE("bad input: a missing end block breaks its own frame only", "[transport][mllp]")
{
    mllp_listener at;
    line sender(at.port());
    CHECK(exchange(sender, "\x0BMSH|cut\r" + frame("MSH|kept"), answer_to("MSH|kept").size()) == answer_to("MSH|kept"));
    CHECK(at.intake.came().size() == 1);
    CHECK(eventually([&] { return at.row().last_error.get().find("start block inside a frame") != std::string::npos; }));
}

TEST_CASE("bad input: a frame that is not finished in time is closed", "[transport][mllp]")
{
    mllp_listener at("port: 0, frame_time: 200ms");
    line sender(at.port());
    sender.send("\x0BMSH|begun");
    CHECK(sender.closed());
    CHECK(eventually([&] { return at.row().last_error.get().find("frame_time") != std::string::npos; }));
}

TEST_CASE("bad input: a message that comes 1 byte at a time is answered", "[transport][mllp]")
{
    mllp_listener at;
    line sender(at.port());
    const auto sent = frame("MSH|" + std::string(2000, 'x'));
    for (const char byte : sent)
        sender.send({&byte, 1});
    const auto expected = answer_to("MSH|" + std::string(2000, 'x'));
    CHECK(sender.receive(expected.size()) == expected);
}

TEST_CASE("bad input: two frames in one packet get two answers", "[transport][mllp]")
{
    mllp_listener at;
    line sender(at.port());
    const auto expected = answer_to("one") + answer_to("two");
    CHECK(exchange(sender, frame("one") + frame("two"), expected.size()) == expected);
}

TEST_CASE("bad input: 2,000 connections that trickle hold nobody up", "[transport][mllp]")
{
    mllp_listener at("port: 0, max_connections: 3000, backlog: 4096");
    boost::asio::io_context context;
    std::vector<boost::asio::ip::tcp::socket> trickling;
    const boost::asio::ip::tcp::endpoint to(boost::asio::ip::make_address("127.0.0.1"), at.port());
    for (int i = 0; i < 2000; i++) {
        trickling.emplace_back(context);
        trickling.back().connect(to);
        boost::asio::write(trickling.back(), boost::asio::buffer("\x0BMSH|", 5));
    }
    CHECK(eventually([&] { return at.row().connections.get() == 2000; }));
    line sender(at.port());
    for (int round = 0; round < 10; round++) {
        for (auto& one : trickling)
            boost::asio::write(one, boost::asio::buffer("x", 1));
        const auto begun = std::chrono::steady_clock::now();
        CHECK(exchange(sender, frame("one"), answer_to("one").size()) == answer_to("one"));
        CHECK(std::chrono::steady_clock::now() - begun < 1s);
    }
}
