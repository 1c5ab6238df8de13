#include "broker/transport/mllp/framer.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace tieline::transport;
using mllp::errc;

namespace {

constexpr std::size_t limit = 1024;

std::string whole(std::string_view message) { return mllp::frame(message); }

/// All messages of the bytes, fed in pieces of `step`; stops at an error, which goes into `failed`.
std::vector<std::string> messages(mllp::framer& from, std::string_view bytes, std::size_t step, tieline::error_code& failed)
{
    std::vector<std::string> found;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
        from.feed(bytes.substr(0, step));
        for (;;) {
            auto next = from.next();
            if (!next) {
                failed = next.error();
                if (failed == errc::broken_frame)
                    continue;
                return found;
            }
            if (!*next)
                break;
            found.push_back(std::move(**next));
        }
    }
    return found;
}

tieline::error_code fault(std::string_view bytes, std::size_t step = 4096)
{
    mllp::framer from{limit};
    tieline::error_code failed;
    messages(from, bytes, step, failed);
    return failed;
}

}  // namespace

TEST_CASE("mllp framer: holds a frame split across two reads", "[transport][mllp]")
{
    mllp::framer framer{limit};
    framer.feed("\x0BMSH|^~\\&|LAB");
    CHECK(framer.next().value() == std::nullopt);
    CHECK(framer.in_frame());
    CHECK(framer.head() == "MSH|^~\\&|LAB");

    framer.feed("\x1C\r");
    CHECK(framer.next().value() == "MSH|^~\\&|LAB");
    CHECK(framer.next().value() == std::nullopt);
    CHECK_FALSE(framer.in_frame());
    CHECK(framer.held() == 0);
    CHECK(framer.skipped() == 0);
}

TEST_CASE("mllp framer: finds the same messages whatever the pieces", "[transport][mllp]")
{
    const std::string stream = whole("one") + "\r\n" + whole("") + whole("three\rOBX|1\r") + "noise" + whole("four");
    for (std::size_t step = 1; step <= stream.size(); step++) {
        mllp::framer framer{limit};
        tieline::error_code failed;
        CHECK(messages(framer, stream, step, failed) == std::vector<std::string>{"one", "", "three\rOBX|1\r", "four"});
        CHECK_FALSE(failed);
        CHECK(framer.skipped() == 7);
    }
}

TEST_CASE("bad input: two frames in one packet are two messages", "[transport][mllp]")
{
    mllp::framer framer{limit};
    const std::string both = whole("one") + whole("two");
    framer.feed(both);
    CHECK(framer.next().value() == "one");
    CHECK(framer.next().value() == "two");
    CHECK(framer.next().value() == std::nullopt);
}

TEST_CASE("bad input: a missing carriage return after the end block is tolerated", "[transport][mllp]")
{
    mllp::framer framer{limit};
    framer.feed("\x0Bone\x1C");
    CHECK(framer.next().value() == "one");
    framer.feed("\x0Btwo\x1C\x0Bthree\x1C\r");
    CHECK(framer.next().value() == "two");
    CHECK(framer.next().value() == "three");
    CHECK(framer.next().value() == std::nullopt);
    CHECK(framer.skipped() == 0);
}

TEST_CASE("bad input: a start block inside a frame ends the old frame as broken", "[transport][mllp]")
{
    mllp::framer framer{limit};
    framer.feed("\x0Bhalf a mes\x0Bwhole\x1C\r");
    CHECK(framer.next().error() == errc::broken_frame);
    CHECK(framer.next().value() == "whole");
    CHECK(framer.next().value() == std::nullopt);
    CHECK(framer.skipped() == 11);
}

TEST_CASE("bad input: a message without a start block is skipped and counted", "[transport][mllp]")
{
    mllp::framer framer{limit};
    const std::string stream = "MSH|^~\\&|LAB\x1C\r" + whole("next");
    framer.feed(stream);
    CHECK(framer.next().value() == "next");
    CHECK(framer.skipped() == 14);
}

TEST_CASE("bad input: more than 64 KiB outside of frames are too much", "[transport][mllp]")
{
    CHECK_FALSE(fault(std::string(64 << 10, 'x')));
    CHECK(fault(std::string((64 << 10) + 1, 'x')) == errc::too_much_outside);

    std::string seldom;  // line ends between good frames add up to more, and do no harm
    for (int i = 0; i < 40'000; i++)
        seldom += whole("m") + "\r\n";
    CHECK_FALSE(fault(seldom));
}

TEST_CASE("bad input: an oversized frame is told when its limit is passed, with its head", "[transport][mllp]")
{
    CHECK_FALSE(fault(whole(std::string(limit, 'x'))));
    CHECK(fault(whole(std::string(limit + 1, 'x'))) == errc::frame_too_large);
    CHECK(fault('\x0B' + std::string(limit + 1, 'x'), 1) == errc::frame_too_large);

    mllp::framer framer{64U << 10};
    const std::string large = "\x0BMSH|^~\\&|LAB" + std::string(100'000, 'x');
    framer.feed(large);
    CHECK(framer.next().error() == errc::frame_too_large);
    CHECK(framer.head().starts_with("MSH|^~\\&|LAB"));
    CHECK(framer.head().size() == 4096);
}

TEST_CASE("bad input: TLS and HTTP at the start of a connection are recognised at once", "[transport][mllp]")
{
    for (const std::size_t step : {1U, 4096U}) {
        CHECK(fault(std::string("\x16\x03\x01\x02\x00\x01", 6), step) == errc::tls_not_expected);
        for (const auto* request : {"GET / HTTP/1.1\r\n", "POST /fhir HTTP/1.1\r\n", "OPTIONS * HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n"})
            CHECK(fault(request, step) == errc::http_not_expected);
        CHECK_FALSE(fault("GETTING\r\n" + whole("one"), step));
        CHECK_FALSE(fault(whole("one") + "GET / HTTP/1.1\r\n", step));
    }
}

TEST_CASE("bad input: 1 byte at a time costs no more than the bytes", "[transport][mllp]")
{
    const auto time = [](std::size_t size) {
        mllp::framer framer{16U << 20};
        const std::string stream = whole(std::string(size, 'x'));
        const auto begun = std::chrono::steady_clock::now();
        tieline::error_code failed;
        REQUIRE(messages(framer, stream, 1, failed).size() == 1);
        return std::chrono::steady_clock::now() - begun;
    };
    const auto small = time(1U << 20);
    CHECK(time(16U << 20) < small * 100);  // 16 times where linear, 256 where quadratic
}

TEST_CASE("bad input: start blocks alone are too much after 64 KiB of them", "[transport][mllp]")
{
    mllp::framer framer{limit};
    const std::string blocks(1 << 20, '\x0B');
    framer.feed(blocks);
    std::size_t broken = 0;
    auto next = framer.next();
    for (; !next && next.error() == errc::broken_frame; next = framer.next())
        broken++;
    CHECK(broken == 64 << 10);
    CHECK(next.error() == errc::too_much_outside);
}
