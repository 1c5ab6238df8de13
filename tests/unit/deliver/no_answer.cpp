#include "broker/deliver/no_answer.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <catch2/catch.hpp>

using namespace tieline;
using verdict = deliver::attempt::verdict;

TEST_CASE("deliver no answer: a failed TLS handshake is the destination's fault, a broken line goes later", "[deliver]")
{
    const auto unverified = deliver::no_answer({0x0A000086, boost::asio::error::get_ssl_category()});
    CHECK(unverified.what == verdict::fault);
    CHECK(unverified.reason.starts_with("TLS: "));
    CHECK(deliver::no_answer(boost::asio::ssl::error::stream_truncated).what == verdict::retry);
    const auto refused = deliver::no_answer(boost::asio::error::connection_refused);
    CHECK(refused.what == verdict::retry);
    CHECK(refused.destination_down);
    CHECK(deliver::no_answer(boost::asio::error::timed_out).reason == "no answer in time");
}
