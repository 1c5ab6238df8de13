#include "broker/deliver/backoff.hpp"
#include "broker/deliver/hold_streak.hpp"
#include "broker/deliver/pace.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace tieline;
using namespace std::chrono_literals;
using deliver::pace;

namespace {

const settings::retry usual{.first = 1s, .most = 5min};
const instant start = instant(std::chrono::seconds(1'000'000));

}  // namespace

TEST_CASE("deliver backoff: doubles from first to most, 20 % more or less", "[deliver]")
{
    deliver::backoff wait(usual, 7);
    const std::chrono::milliseconds expected[] = {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s};
    for (std::uint32_t failures = 1; failures <= std::size(expected); failures++) {
        const auto span = wait.after(failures, {});
        CHECK(span >= expected[failures - 1] * 8 / 10);
        CHECK(span <= expected[failures - 1] * 12 / 10);
    }
    CHECK(wait.after(4'000'000'000U, {}) <= 360s);
}

TEST_CASE("deliver backoff: waits differ, so that destinations do not come back together", "[deliver]")
{
    deliver::backoff wait(usual, 7);
    std::set<std::int64_t> seen;
    for (int i = 0; i < 20; i++)
        seen.insert(wait.after(5, {}).count());
    CHECK(seen.size() > 10);
}

TEST_CASE("deliver backoff: what the receiver asks for is kept, but never below the first wait", "[deliver]")
{
    deliver::backoff wait(usual, 7);
    CHECK(wait.after(1, 90s) == 90s);
    CHECK(wait.after(9, 10s) == 10s);
    CHECK(wait.after(1, 3h) == 3h);
    CHECK(wait.after(1, 0s) == 1s);
}

TEST_CASE("deliver pace: while down one probe goes when it is due, then all go again", "[deliver]")
{
    pace of(usual, 4, 7);
    CHECK(of.allowed(start) == 4);
    const auto due = of.failed(start, true, 1, {});
    CHECK(of.down());
    CHECK(of.allowed(start) == 0);
    CHECK(of.allowed(due) == 1);
    of.answered();
    CHECK(of.allowed(due) == 4);
    CHECK_FALSE(of.next_try());
}

TEST_CASE("deliver pace: what was under way when it went down does not lengthen the wait", "[deliver]")
{
    pace of(usual, 4, 7);
    const auto due = of.failed(start, true, 1, {});
    CHECK(of.failed(start + 10ms, true, 1, {}) == due);
    CHECK(of.failed(start + 20ms, true, 1, {}) == due);
    const auto later = of.failed(due, true, 2, {});
    CHECK(later - due >= 1600ms);
    CHECK(later - due <= 2400ms);
}

TEST_CASE("deliver pace: one message's failure leaves the others going, until more fail in a row than there are connections",
          "[deliver]")
{
    pace of(usual, 3, 7);
    for (int i = 0; i < 3; i++)
        of.failed(start, false, 1, {});
    CHECK_FALSE(of.down());
    of.failed(start, false, 1, {});
    CHECK(of.down());
}

TEST_CASE("deliver pace: with one connection the message in front stands for the destination", "[deliver]")
{
    pace of(usual, 1, 7);
    of.failed(start, false, 1, {});
    CHECK(of.down());
}

TEST_CASE("deliver pace: a person's wish to try at once ends the wait", "[deliver]")
{
    pace of(usual, 1, 7);
    of.failed(start, true, 1, {});
    of.retry_now();
    CHECK(of.allowed(start) == 1);
}

TEST_CASE("deliver hold streak: five in a row, and a delivery between starts anew", "[deliver]")
{
    deliver::hold_streak row;
    for (std::uint64_t at = 1; at <= 4; at++)
        CHECK_FALSE(row.held({at}));
    row.delivered();
    for (std::uint64_t at = 5; at <= 8; at++)
        CHECK_FALSE(row.held({at}));
    CHECK(row.held({9}));
    CHECK(row.take() == std::vector<offset>{{5}, {6}, {7}, {8}, {9}});
    CHECK(row.take().empty());
}

TEST_CASE("deliver hold streak: the same message twice is one, a skipped one is none", "[deliver]")
{
    deliver::hold_streak row;
    for (std::uint64_t at : {3, 1, 2, 4, 4, 3})
        CHECK_FALSE(row.held({at}));
    row.forget({2});
    CHECK_FALSE(row.held({6}));
    CHECK(row.held({5}));
    CHECK(row.take() == std::vector<offset>{{1}, {3}, {4}, {5}, {6}});
}
