#include "broker/transport/http/http.hpp"

#include "tests/unit/transport/wire.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using namespace tieline::tests;
using transport::reply;

TEST_CASE("bad input: contents beyond what all senders may hold at once are 503 when no room comes", "[transport][http]")
{
    constexpr std::size_t largest = 16U << 20;  // 48 MiB are shared, and one session may go beyond
    running_listener with(transport::http::make_listener, "http: {port: 0, body_time: 3s}");
    std::atomic<int> held = 0;
    with.intake.answer = [&held](const model::received&) {
        held++;
        return reply{.what = reply::kind::stored, .http_status = 202, .id = "tie1.7"};
    };
    with.intake.delay = 60s;
    with.start();

    const std::string head = "POST /fhir/Binary HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
                             std::to_string(largest) + "\r\n\r\n";
    const std::string content(largest, ' ');
    std::vector<std::unique_ptr<line>> senders;
    for (int i = 0; i < 4; i++) {
        senders.push_back(std::make_unique<line>(with.listener->port()));
        senders.back()->send(head);
        senders.back()->send(content);
        REQUIRE(eventually([&] { return held == i + 1; }));
    }
    line late(with.listener->port());
    late.send(head);
    late.send(std::string(1000, ' '));
    const auto said = late.rest();
    CHECK(said.find("503") == 9);
    CHECK(said.find("Retry-After: 5\r\n") != std::string::npos);
    CHECK(held == 4);
}
