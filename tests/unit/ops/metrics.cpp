#include "broker/ops/metrics.hpp"

#include "tests/unit/ops/desk.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <sstream>

using namespace tieline;
using tests::desk;

namespace {

bool holds(const std::string& text, const std::string& line) { return ("\n" + text).find("\n" + line) != std::string::npos; }

double value_of(const std::string& text, const std::string& name)
{
    const auto at = ("\n" + text).find("\n" + name + " ");
    REQUIRE(at != std::string::npos);
    return std::stod(text.substr(at + name.size() + 1));
}

}  // namespace

TEST_CASE("ops: metrics tell the numbers of the board", "[ops][metrics]")
{
    desk here;
    const auto at = now().time_since_epoch().count();
    auto& pas = here.board.listener("pas");
    pas.received.set(7);
    pas.refused.set(2);
    pas.filtered.set(3);
    pas.held.set(1);
    pas.last_message.set(at - 90'000'000);
    auto& ward = here.board.destination("ward");  // one that the dispatcher does not write to
    ward.backlog.set(5);
    ward.held.set(4);
    ward.oldest_waiting.set(at - 240'000'000);
    here.board.destination("empty");
    here.board.bus().appended.set(12);
    here.board.bus().published.set(10);
    here.board.certificate_expiry("gp.pem").set(at - 86'400'000'000);
    const auto text = ops::metrics(here.board, *here.store, *here.given);

    CHECK(value_of(text, R"(tieline_listener_received_total{listener="pas"})") == 7);
    CHECK(value_of(text, R"(tieline_listener_refused_total{listener="pas"})") == 2);
    CHECK(value_of(text, R"(tieline_listener_filtered_total{listener="pas"})") == 3);
    CHECK(value_of(text, R"(tieline_listener_held_total{listener="pas"})") == 1);
    CHECK(value_of(text, R"(tieline_listener_seconds_since_last_message{listener="pas"})") == Approx(90).margin(5));
    CHECK(value_of(text, R"(tieline_destination_backlog{destination="ward"})") == 5);
    CHECK(value_of(text, R"(tieline_destination_held{destination="ward"})") == 4);
    CHECK(value_of(text, R"(tieline_destination_oldest_waiting_seconds{destination="ward"})") == Approx(240).margin(5));
    CHECK(value_of(text, R"(tieline_destination_oldest_waiting_seconds{destination="empty"})") == 0);
    CHECK(value_of(text, "tieline_publish_lag_entries") == 2);
    CHECK(value_of(text, R"(tieline_certificate_days_left{certificate="gp.pem"})") == Approx(-1).margin(0.01));
    CHECK(value_of(text, R"(tieline_bus_up{kind="embedded"})") == 1);
    CHECK(value_of(text, "tieline_ready") == 1);
    CHECK(value_of(text, "tieline_process_resident_bytes") > 1'000'000);
    CHECK(value_of(text, "tieline_process_open_fds") > 3);
    CHECK(value_of(text, "tieline_disk_free_bytes") > 0);
    CHECK(holds(text, "tieline_build_info{"));
}

TEST_CASE("ops: a listener that was never used is silent since the start", "[ops][metrics]")
{
    desk here;
    here.board.started = now() - std::chrono::seconds(600);
    CHECK(value_of(ops::metrics(here.board, *here.store, *here.given), R"(tieline_listener_seconds_since_last_message{listener="pas"})") ==
          Approx(600).margin(5));
}

TEST_CASE("ops: every metric has a HELP and a TYPE, once, and counters end in _total", "[ops][metrics]")
{
    desk here;
    here.board.topic("tieline.adt").records.set(1);
    here.board.certificate_expiry("gp.pem").set(1);
    std::istringstream lines(ops::metrics(here.board, *here.store, *here.given));
    std::set<std::string> helped, typed;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string mark, what, name, type;
        words >> mark >> what >> name >> type;
        if (mark == "#" && what == "HELP") {
            CHECK(helped.insert(name).second);
        } else if (mark == "#") {
            CHECK(typed.insert(name).second);
            CHECK(name.ends_with("_total") == (type == "counter"));
        } else {
            const auto used = mark.substr(0, mark.find('{'));
            CHECK(helped.contains(used));
            CHECK(typed.contains(used));
            CHECK(used.starts_with("tieline_"));
        }
    }
    CHECK(helped.size() > 30);
}

TEST_CASE("bad input: names in labels are escaped", "[ops][metrics]")
{
    desk here;
    here.board.listener("a\"b\\c\nd").received.set(1);
    CHECK(holds(ops::metrics(here.board, *here.store, *here.given), R"(tieline_listener_received_total{listener="a\"b\\c\nd"} 1)"));
}
