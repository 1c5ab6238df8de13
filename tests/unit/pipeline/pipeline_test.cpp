#include "broker/pipeline/acceptance.hpp"
#include "broker/pipeline/cloud_event.hpp"
#include "broker/pipeline/pacer.hpp"
#include "broker/pipeline/patient_key.hpp"
#include "broker/pipeline/verdicts.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <thread>

using namespace tieline;
using namespace tieline::pipeline;
using namespace std::chrono_literals;

namespace {

model::envelope admission()
{
    return {.readable = true, .control_id = "C1", .type = "ADT", .trigger = "A01", .version = "2.4", .processing_id = "P",
            .sending_application = "PAS", .sending_facility = "RYJ"};
}

std::string header(const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name)
{
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& one) { return one.first == name; });
    return found == headers.end() ? "" : found->second;
}

}  // namespace

TEST_CASE("acceptance: a listener takes what its lists hold, and everything where they are empty", "[pipeline]")
{
    model::issues found;
    check_accepted({}, admission(), found);
    CHECK(found.empty());
    CHECK(may_send({.sending_facility = {"RYJ", "RQM"}}, admission()));
    CHECK_FALSE(may_send({.sending_application = {"LAB"}}, admission()));
}

TEST_CASE("acceptance: a test message does not reach a live listener", "[pipeline]")
{
    auto test = admission();
    test.processing_id = "T";
    model::issues found;
    check_accepted({}, test, found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].v2_code == 202);
    CHECK(found[0].at == "MSH-11.1");
    CHECK(found[0].diagnostics == "the processing id is not accepted here, expected P");
}

TEST_CASE("acceptance: type and version are told apart by their codes", "[pipeline]")
{
    model::issues found;
    check_accepted({.accept = {.type = {"ORU"}, .version = {"2.5.1"}}}, admission(), found);
    REQUIRE(found.size() == 2);
    CHECK(found[0].v2_code == 200);
    CHECK(found[1].v2_code == 203);
}

TEST_CASE("patient key: the first type that the message has decides, and the number can't be read from it", "[pipeline]")
{
    const std::vector<model::patient_identifier> both{{"NHS", "NHS", "9990000018"}, {"MR", "RYJ", "H1"}};
    const auto local = patient_key("site", {"MR", "NHS"}, both);
    CHECK(local.size() == 16);
    CHECK(local == patient_key("site", {"MR", "NHS"}, {{"MR", "RYJ", "H1"}}));
    CHECK(local != patient_key("site", {"NHS", "MR"}, both));
    CHECK(local != patient_key("another site", {"MR", "NHS"}, both));
    CHECK(patient_key("site", {"MR"}, {}).empty());
}

TEST_CASE("cloud event: the headers name the message and nothing of the patient", "[pipeline]")
{
    const model::entry entry{.at = offset{7}, .message = {.listener = "pas", .sender = "pas"}};
    const auto headers = cloud_event_headers("tie1", entry, admission(), {.topic = "adt", .route = "admissions", .purpose = "direct-care"});
    CHECK(header(headers, "ce_id") == "tie1.7");
    CHECK(header(headers, "ce_type") == "tieline.message.ADT.A01");
    CHECK(header(headers, "ce_source") == "/tieline/tie1/pas");
    CHECK(header(headers, "content-type") == "application/fhir+json");
    CHECK(header(headers, "traceparent").size() == 55);  // W3C Trace Context §3.2
}

TEST_CASE("bad input: what a sender writes into MSH-9 gets into no header but as a plain code", "[pipeline]")
{
    auto hostile = admission();
    hostile.type = "ADT\r\nX: y";
    hostile.trigger = std::string(1000, 'A');
    const auto headers = cloud_event_headers("tie1", {}, hostile, {});
    CHECK(header(headers, "ce_type") == "tieline.message.ADTXy." + std::string(64, 'A'));
}

namespace {

/// Messages that ask to be let in, and those that were, in their order.
struct gate {
    explicit gate(bool bus_is_up) { board.bus().up.set(bus_is_up); }
    void ask(int message, offset last = {})
    {
        const auto pass = [this](int number, offset newest) -> asio::awaitable<void> {
            co_await pace.pass(newest);
            passed.push_back(number);
        };
        asio::co_spawn(context, pass(message, last), asio::detached);
        run();
    }
    void run()
    {
        context.restart();
        context.poll();
    }

    asio::io_context context;
    observe::board board;
    pacer pace{board};  // holds timers of the context's
    std::vector<int> passed{};
};

}  // namespace

TEST_CASE("pacer: nobody waits while publishing keeps up or the bus is away", "[pipeline]")
{
    gate in(true);
    in.ask(1);  // nothing is behind
    in.board.bus().up.set(0);
    in.pace.handed_over(now() - 1h, 1);
    in.ask(2);
    CHECK(in.passed == std::vector{1, 2});
}

TEST_CASE("pacer: who waits is let in when the bus goes away", "[pipeline]")
{
    gate in(true);
    in.pace.handed_over(now() - 1h, 1);
    in.ask(1);
    CHECK(in.passed.empty());
    in.board.bus().up.set(0);
    in.context.restart();
    in.context.run_for(2s);
    CHECK(in.passed == std::vector{1});
}

TEST_CASE("pacer: while publishing is a second behind one message is let in for two published, in order", "[pipeline]")
{
    gate in(true);
    for (int range = 0; range < 3; range++)
        in.pace.handed_over(now() - 1min, 2);
    for (int message = 1; message <= 5; message++)
        in.ask(message);
    CHECK(in.passed.empty());
    in.pace.published(offset{2});
    in.run();
    CHECK(in.passed == std::vector{1});
    in.pace.published(offset{4});
    in.pace.published(offset{6});  // what comes next in the journal is as late as this was
    in.run();
    CHECK(in.passed == std::vector{1, 2, 3});
    in.pace.caught_up();
    in.run();
    CHECK(in.passed == std::vector{1, 2, 3, 4, 5});
}

TEST_CASE("pacer: when as much waits as is published in a second one message is let in for each published", "[pipeline]")
{
    gate in(true);
    in.pace.handed_over(now(), 100);
    std::this_thread::sleep_for(300ms);
    in.pace.published(offset{100});  // under 400 a second
    in.pace.handed_over(now(), 3);
    in.ask(1, offset{110});
    CHECK(in.passed == std::vector{1});
    in.ask(2, offset{1000});
    in.ask(3, offset{1000});
    in.ask(4, offset{1000});
    in.ask(5, offset{1000});
    CHECK(in.passed == std::vector{1});
    in.pace.published(offset{103});
    in.run();
    CHECK(in.passed == std::vector{1, 2, 3, 4});
}

TEST_CASE("verdicts: a session gets its verdict whether it asks before or after it is known", "[pipeline]")
{
    verdicts known;
    asio::io_context context;
    std::vector<std::size_t> got;
    const auto ask = [&](offset at) -> asio::awaitable<void> {
        const auto said = co_await known.wait(at, 5s);
        got.push_back(said ? said->size() : 99);
    };
    known.complete(offset{1}, {});
    asio::co_spawn(context, ask(offset{1}), asio::detached);
    asio::co_spawn(context, ask(offset{2}), asio::detached);
    std::thread later([&] { known.complete(offset{2}, {{.at = "PID-3"}}); });
    context.run();
    later.join();
    std::sort(got.begin(), got.end());
    CHECK(got == std::vector<std::size_t>{0, 1});
}

TEST_CASE("verdicts: waiting ends when no verdict comes", "[pipeline]")
{
    verdicts known;
    asio::io_context context;
    bool none = false;
    const auto ask = [&]() -> asio::awaitable<void> { none = !(co_await known.wait(offset{1}, 10ms)); };
    asio::co_spawn(context, ask(), asio::detached);
    context.run();
    CHECK(none);
}
