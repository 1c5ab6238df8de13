#include "broker/deliver/mllp/mllp.hpp"

#include "tests/support/one_destination.hpp"
#include "tests/support/receivers.hpp"
#include "tests/unit/deliver/site.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using namespace std::chrono_literals;
using tests::acknowledge;
using tests::receiver;
using verdict = deliver::attempt::verdict;

namespace {

struct lab : tests::one_destination {
    explicit lab(std::uint16_t port, const std::string& options = {}, const std::string& more = "timeout: 5s")
        : one_destination(deliver::mllp::make_destination,
                          "{mllp: {host: 127.0.0.1, port: " + std::to_string(port) + options + "}, " + more + "}")
    {
        REQUIRE(way_out);
    }
};

std::string message(const std::string& id) { return "MSH|^~\\&|PAS|RYJ|LIMS|RYJ|20261124||ADT^A01|" + id + "|P|2.5\rPID|1||5\r"; }

receiver::behaviour always(const std::string& code, const std::string& more = {})
{
    return [=](const std::string& got, std::size_t) { return receiver::reaction{.reply = acknowledge(got, code, more)}; };
}

}  // namespace

TEST_CASE("deliver mllp: sends the bytes in a frame and takes AA for a delivery, on one connection", "[deliver][mllp]")
{
    receiver at(tests::cut_frame, always("AA"));
    lab to(at.port());
    const auto first = to.send(message("M1"));
    CHECK(first.what == verdict::delivered);
    CHECK(first.answer == "AA");
    CHECK(to.send(message("M2")).what == verdict::delivered);
    REQUIRE(at.messages().size() == 2);
    CHECK(at.messages()[0] == "\x0B" + message("M1") + "\x1C\r");
    CHECK(at.connections() == 1);
    CHECK(to.way_out->address() == "127.0.0.1:" + std::to_string(at.port()));
}

TEST_CASE("deliver mllp: rewrites MSH fields on the way", "[deliver][mllp]")
{
    receiver at(tests::cut_frame, always("CA"));
    lab to(at.port(), "", "set: {MSH-5: LAB}");
    CHECK(to.send(message("M1")).what == verdict::delivered);
    CHECK(at.messages()[0].find("|RYJ|LAB|RYJ|") != std::string::npos);
}

TEST_CASE("deliver mllp: answers mean what the table and the destination's own answers say", "[deliver][mllp]")
{
    receiver wrong(tests::cut_frame, always("AE", "ERR||PID^1^3|204^Unknown key^HL70357|E\r"));
    const auto held = lab(wrong.port()).send(message("M1"));
    CHECK(held.what == verdict::hold);
    CHECK(held.answer == "AE 204");
    CHECK(lab(wrong.port(), ", answers: {\"204\": retry}").send(message("M1")).what == verdict::retry);
    receiver busy(tests::cut_frame, always("AR"));
    CHECK(lab(busy.port()).send(message("M1")).what == verdict::retry);
}

TEST_CASE("bad input: receiver refuses the connection", "[deliver][mllp]")
{
    const auto came = lab(tests::free_port()).send(message("M1"));
    CHECK(came.what == verdict::retry);
    CHECK(came.destination_down);
    CHECK(came.answer.empty());
    CHECK(came.reason == "Connection refused");
}

TEST_CASE("bad input: receiver stays silent, then the connection is closed", "[deliver][mllp]")
{
    receiver at(tests::cut_frame, [](const std::string& got, std::size_t nth) {
        return nth == 0 ? receiver::reaction{} : receiver::reaction{.reply = acknowledge(got, "AA")};
    });
    lab to(at.port(), "", "timeout: 100ms");
    const auto came = to.send(message("M1"));
    CHECK(came.what == verdict::retry);
    CHECK(came.destination_down);
    CHECK(came.reason == "no answer in time");
    CHECK(to.send(message("M1")).what == verdict::delivered);
    CHECK(at.connections() == 2);
}

TEST_CASE("bad input: receiver answers late, and the late answer is credited to nobody", "[deliver][mllp]")
{
    receiver at(tests::cut_frame, [](const std::string& got, std::size_t nth) {
        return receiver::reaction{.reply = acknowledge(got, nth == 0 ? "AA" : "AR"), .after = nth == 0 ? 250ms : 0ms};
    });
    lab to(at.port(), "", "timeout: 100ms");
    CHECK(to.send(message("M1")).what == verdict::retry);
    CHECK(to.send(message("M1")).what == verdict::retry);
    CHECK(at.connections() == 2);
}

TEST_CASE("bad input: receiver answers for another message", "[deliver][mllp]")
{
    receiver at(tests::cut_frame, [](const std::string& got, std::size_t nth) {
        return receiver::reaction{.reply = acknowledge(got, "AA", {}, nth == 0 ? "OTHER" : "")};
    });
    lab to(at.port());
    const auto came = to.send(message("M1"));
    CHECK(came.what == verdict::retry);
    CHECK(came.reason == "the acknowledgment is for another message");
    CHECK(to.send(message("M1")).what == verdict::delivered);
    CHECK(at.connections() == 2);
}

TEST_CASE("bad input: receiver answers with what is no acknowledgment, over MLLP", "[deliver][mllp]")
{
    receiver at(tests::cut_frame, [](const std::string&, std::size_t) {
        return receiver::reaction{.reply = "\x0B" "thank you\x1C\r"};
    });
    const auto came = lab(at.port()).send(message("M1"));
    CHECK(came.what == verdict::retry);
    CHECK(came.reason == "the answer is no acknowledgment");
}

TEST_CASE("bad input: receiver drops the line", "[deliver][mllp]")
{
    receiver at(tests::cut_frame, [](const std::string& got, std::size_t nth) {
        return nth == 0 ? receiver::reaction{.drop = true} : receiver::reaction{.reply = acknowledge(got, "AA")};
    });
    lab to(at.port());
    const auto came = to.send(message("M1"));
    CHECK(came.what == verdict::retry);
    CHECK(came.reason == "the receiver closed the connection without an answer");
    CHECK(to.send(message("M1")).what == verdict::delivered);
}

TEST_CASE("bad input: a receiver is TLS where we are not, or not where we are", "[deliver][mllp]")
{
    receiver plain(tests::cut_frame, [](const std::string&, std::size_t) { return receiver::reaction{.reply = "no"}; });
    lab to(plain.port(), ", tls: {}", "timeout: 300ms");
    CHECK(to.send(message("M1")).what != verdict::delivered);
}

TEST_CASE("bad input: what is no v2 message is held and never sent over MLLP", "[deliver][mllp]")
{
    receiver at(tests::cut_frame, always("AA"));
    lab to(at.port());
    CHECK(to.send("{\"resourceType\":\"Patient\"}").what == verdict::hold);
    CHECK(to.send("MSH|^~\\&|PAS|RYJ|LIMS|RYJ|20261124||ADT^A01||P|2.5\r").what == verdict::hold);
    CHECK(at.messages().empty());
}

TEST_CASE("bad input: wrong options of an mllp destination are all named at once", "[deliver][mllp]")
{
    const tests::one_destination to(deliver::mllp::make_destination,
                                    "{mllp: {port: 99999, colour: red}, set: {MSH-10: X}, headers: {A: b}}");
    CHECK_FALSE(to.way_out);
    CHECK(to.found.size() >= 5);
}

TEST_CASE("deliver mllp: a receiver that is away for a while gets everything in order", "[deliver][mllp]")
{
    tests::site at;
    const auto port = tests::free_port();
    std::vector<deliver::queued> rows;
    for (int i = 1; i <= 5; i++)
        rows.push_back({.destination = "lab", .at = {at.journal_message(message("M" + std::to_string(i)))},
                        .what = {.form = model::content::original, .key = "p1", .since = now()}});
    at.start("lab: {mllp: {host: 127.0.0.1, port: " + std::to_string(port) + "}, retry: {first: 20ms, most: 50ms}}");
    at.put_rows(rows, false);
    REQUIRE(tests::eventually([&] { return at.row("lab").tries.get() >= 3; }));
    CHECK(at.row("lab").last_error.get().find("Connection refused") != std::string::npos);
    receiver back(tests::cut_frame, always("AA"));
    model::issues found;
    at.dispatcher().prepare(at.read("lab: {mllp: {host: 127.0.0.1, port: " + std::to_string(back.port()) + "}}"), found)();
    REQUIRE(tests::eventually([&] { return at.row("lab").delivered.get() == 5; }));
    const auto got = back.messages();
    REQUIRE(got.size() == 5);
    for (int i = 1; i <= 5; i++)
        CHECK(got[static_cast<std::size_t>(i) - 1].find("|M" + std::to_string(i) + "|") != std::string::npos);
}

TEST_CASE("deliver mllp: an acknowledgment of ours is delivered without an answer, each once, over one connection", "[deliver][mllp]")
{
    receiver there(tests::cut_frame, [](const std::string&, std::size_t) { return receiver::reaction{}; });
    tests::site at;
    at.start("acks: {mllp: {host: 127.0.0.1, port: " + std::to_string(there.port()) + "}}");
    std::vector<deliver::queued> rows;
    for (std::uint64_t i = 1; i <= 3; i++)
        rows.push_back({.destination = "acks", .at = {i}, .what = {.form = model::content::acknowledgment, .key = "p1",
                        .acknowledgment = "MSH|^~\\&|T|T|A|A|2026||ACK|T" + std::to_string(i) + "|P|2.5\rMSA|AA|M1\r"}});
    at.put_rows(rows, false);
    REQUIRE(tests::eventually([&] { return at.row("acks").delivered.get() == 3; }));
    REQUIRE(tests::eventually([&] { return there.messages().size() == 3; }));
    CHECK(there.messages()[1].find("|T2|") != std::string::npos);
    CHECK(there.connections() == 1);
}

TEST_CASE("deliver mllp: an acknowledgment of ours waits for a receiver that is away", "[deliver][mllp]")
{
    const auto port = tests::free_port();
    tests::site at;
    at.start("acks: {mllp: {host: 127.0.0.1, port: " + std::to_string(port) + "}, retry: {first: 20ms, most: 50ms}}");
    at.put_rows({{.destination = "acks", .at = {1}, .what = {.form = model::content::acknowledgment, .key = "p1",
                  .acknowledgment = "MSH|^~\\&|T|T|A|A|2026||ACK|T1|P|2.5\rMSA|AA|M1\r"}}}, false);
    REQUIRE(tests::eventually([&] { return at.row("acks").tries.get() >= 2; }));
    CHECK(at.row("acks").backlog.get() == 1);
    CHECK(at.row("acks").state.get() == "retrying");
}

TEST_CASE("deliver mllp: a reload leaves the connection of an unchanged destination alone, and opens a changed one's anew", "[deliver][mllp]")
{
    receiver lab(tests::cut_frame, always("AA")), ward(tests::cut_frame, always("AA"));
    const auto to = [](const std::string& name, const receiver& there, const std::string& more = "") {
        return name + ": {mllp: {host: 127.0.0.1, port: " + std::to_string(there.port()) + "}" + more + "}\n  ";
    };
    tests::site at;
    at.start(to("lab", lab) + to("ward", ward));
    const auto send_both = [&at](const std::string& id, std::int64_t delivered) {
        const auto place = at.journal_message(message(id));
        for (const auto* name : {"lab", "ward"})
            at.put_rows({{.destination = name, .at = {place}, .what = {.form = model::content::original, .key = "p1", .since = now()}}}, false);
        REQUIRE(tests::eventually([&] { return at.row("lab").delivered.get() == delivered && at.row("ward").delivered.get() == delivered; }));
    };
    send_both("M1", 1);
    model::issues found;
    at.dispatcher().prepare(at.read(to("lab", lab) + to("ward", ward, ", timeout: 9s")), found)();
    send_both("M2", 2);
    CHECK(lab.connections() == 1);
    CHECK(ward.connections() == 2);
}
