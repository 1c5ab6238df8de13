#include "adapters/hl7v2/hl7v2.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace tieline;
using verdict_kind = model::verdict::kind;

namespace {

const instant noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + std::chrono::hours(12);

struct told {
    model::envelope envelope{};
    model::issues found{};
    std::string bytes{};

    std::string line(std::string_view name) const
    {
        const auto start = bytes.find(std::string(name) + bytes[3]);
        return start == std::string::npos ? "" : bytes.substr(start, bytes.find('\r', start) - start);
    }
    std::string field(std::string_view segment, unsigned number) const
    {
        auto rest = line(segment);
        for (unsigned i = segment == "MSH" ? 1 : 0; i < number; i++)
            rest = rest.find(bytes[3]) == std::string::npos ? "" : rest.substr(rest.find(bytes[3]) + 1);
        return rest.substr(0, rest.find(bytes[3]));
    }
};

told tell(const std::string& bytes, model::verdict verdict = {}, adapters::options given = {})
{
    told made;
    model::issues faults;
    const auto adapter = adapters::hl7v2::make_adapter(given, faults);
    REQUIRE(adapter);
    const model::received message{.bytes = bytes};
    made.envelope = adapter->open(message, made.found);
    verdict.at = noon;
    if (verdict.id.empty())
        verdict.id = "tie1.42";
    made.bytes = adapter->answer(message, made.envelope, verdict).bytes;
    return made;
}

std::string admission(const std::string& version = "2.5.1", const std::string& rest = "")
{
    return "MSH|^~\\&|PAS^1.2.3^ISO|RYJ|TIE|HUB^x|20261124115900||ADT^A01^ADT_A01|C123|P|" + version + rest + "\rEVN|A01\rPID|1||4001^^^RYJ^MR\r";
}

model::verdict bad(verdict_kind what, std::string at = "PID-3[2].4.1", int code = 101)
{
    return {.what = what, .found = {{.code = "required", .v2_code = code, .at = std::move(at), .diagnostics = "expected a & here"}}};
}

}  // namespace

TEST_CASE("hl7v2 answer: reads what routes and answers need from the header", "[hl7v2][answer]")
{
    const auto made = tell(admission("2.5.1^GBR", "|||AL|NE"));
    CHECK(made.envelope.readable);
    CHECK(made.envelope.control_id == "C123");
    CHECK(made.envelope.type == "ADT");
    CHECK(made.envelope.trigger == "A01");
    CHECK(made.envelope.version == "2.5.1");
    CHECK(made.envelope.processing_id == "P");
    CHECK(made.envelope.sending_application == "PAS");
    CHECK(made.envelope.sending_facility == "RYJ");
    CHECK(made.envelope.receiving_application == "TIE");
    CHECK(made.envelope.receiving_facility == "HUB");
    CHECK(made.envelope.accept_ack == model::acknowledge::always);
    CHECK(made.envelope.application_ack == model::acknowledge::never);
    CHECK_FALSE(made.envelope.is_acknowledgment);
    CHECK(made.found.empty());
}

TEST_CASE("hl7v2 answer: swaps sender and receiver and names the message", "[hl7v2][answer]")
{
    const auto made = tell(admission());
    CHECK(made.field("MSH", 3) == "TIE");
    CHECK(made.field("MSH", 4) == "HUB^x");
    CHECK(made.field("MSH", 5) == "PAS^1.2.3^ISO");
    CHECK(made.field("MSH", 6) == "RYJ");
    CHECK(made.field("MSH", 7) == "20261124120000+0000");
    CHECK(made.field("MSH", 9) == "ACK^A01^ACK");
    CHECK_FALSE(made.field("MSH", 10).empty());
    CHECK(made.field("MSH", 11) == "P");
    CHECK(made.field("MSH", 12) == "2.5.1");
    CHECK(made.line("MSA") == "MSA|AA|C123");
    CHECK(made.line("ERR").empty());
}

TEST_CASE("hl7v2 answer: says the same of the same verdict, and something else of another message", "[hl7v2][answer]")
{
    CHECK(tell(admission()).bytes == tell(admission()).bytes);
    CHECK(tell(admission(), {.id = "tie1.43"}).bytes != tell(admission()).bytes);
}

TEST_CASE("hl7v2 answer: writes the message type as the version has it", "[hl7v2][answer]")
{
    CHECK(tell(admission("2.1")).field("MSH", 9) == "ACK");
    CHECK(tell(admission("2.2")).field("MSH", 9) == "ACK");
    CHECK(tell(admission("2.3")).field("MSH", 9) == "ACK^A01");
    CHECK(tell(admission("2.3.1")).field("MSH", 9) == "ACK^A01");
    CHECK(tell(admission("2.4")).field("MSH", 9) == "ACK^A01^ACK");
    CHECK(tell(admission("2.8")).field("MSH", 9) == "ACK^A01^ACK");
}

TEST_CASE("hl7v2 answer: uses the message's own separators and character set", "[hl7v2][answer]")
{
    const auto made = tell("MSH*:+!%*PAS*RYJ*TIE*HUB*20261124**ADT:A01*C1*P*2.5******8859/1\r", bad(verdict_kind::invalid));
    CHECK(made.bytes.starts_with("MSH*:+!%*TIE*HUB*PAS*RYJ*"));
    CHECK(made.field("MSH", 18) == "8859/1");
    CHECK(made.line("MSA") == "MSA*AE*C1");
    CHECK(made.field("ERR", 3) == "101:Required field missing:HL70357");
}

TEST_CASE("hl7v2 answer: chooses original or enhanced mode by MSH-15 and MSH-16", "[hl7v2][answer]")
{
    CHECK(tell(admission("2.5", "|||AL|NE")).field("MSA", 1) == "CA");
    CHECK(tell(admission("2.5", "|||AL|AL")).field("MSA", 1) == "CA");
    CHECK(tell(admission("2.5", "|||NE|AL")).field("MSA", 1) == "AA");
    CHECK(tell(admission("2.5", "||||AL")).field("MSA", 1) == "AA");
    CHECK(tell(admission("2.5", "|||ER"), bad(verdict_kind::rejected)).field("MSA", 1) == "CR");
    CHECK(tell(admission("2.5", "|||AL"), bad(verdict_kind::invalid)).field("MSA", 1) == "CE");
    CHECK(tell(admission(), bad(verdict_kind::unavailable)).field("MSA", 1) == "AR");
    CHECK(tell(admission("2.5", "|||AL"), bad(verdict_kind::unavailable)).field("MSA", 1) == "CE");
    CHECK(tell(admission("2.5", "|||AL"), {}, {.acknowledgment = adapters::mode::original}).field("MSA", 1) == "AA");
    CHECK(tell(admission(), {}, {.acknowledgment = adapters::mode::enhanced}).field("MSA", 1) == "CA");
}

TEST_CASE("hl7v2 answer: keeps silent where none is asked for and the listener says so", "[hl7v2][answer]")
{
    const adapters::options strict{.always_reply = false};
    CHECK(tell(admission("2.5", "|||NE|NE"), {}, strict).bytes.empty());
    CHECK(tell(admission("2.5", "|||ER|NE"), {}, strict).bytes.empty());
    CHECK_FALSE(tell(admission("2.5", "|||ER|NE"), bad(verdict_kind::rejected), strict).bytes.empty());
    CHECK(tell(admission("2.5", "|||SU|NE"), bad(verdict_kind::rejected), strict).bytes.empty());
    CHECK_FALSE(tell(admission("2.5", "|||NE|AL"), {}, strict).bytes.empty());
    CHECK_FALSE(tell(admission(), {}, strict).bytes.empty());
    CHECK_FALSE(tell(admission("2.5", "|||NE|NE")).bytes.empty());
}

TEST_CASE("hl7v2 answer: never acknowledges an acknowledgment", "[hl7v2][answer]")
{
    const auto made = tell("MSH|^~\\&|A|B|C|D|20261124||ACK^A01^ACK|C9|P|2.5\rMSA|AA|C1\r");
    CHECK(made.envelope.is_acknowledgment);
    CHECK(made.bytes.empty());
}

TEST_CASE("hl7v2 answer: names segment, field and component of a fault, since 2.5", "[hl7v2][answer]")
{
    const auto made = tell(admission(), bad(verdict_kind::invalid));
    CHECK(made.line("MSA") == "MSA|AE|C123");
    CHECK(made.line("ERR") == "ERR||PID^1^3^2^4^1|101^Required field missing^HL70357|E||||expected a \\T\\ here");
}

TEST_CASE("hl7v2 answer: names them before 2.5 as ERR-1 had it", "[hl7v2][answer]")
{
    const auto made = tell(admission("2.3.1"), bad(verdict_kind::rejected, "OBX[3]-5"));
    CHECK(made.line("ERR") == "ERR|OBX^3^5^101&Required field missing&HL70357");
}

namespace {

told tell_later(const std::string& bytes, model::verdict verdict = {}, adapters::options given = {})
{
    told made;
    model::issues faults;
    const auto adapter = adapters::hl7v2::make_adapter(given, faults);
    REQUIRE(adapter);
    const model::received message{.bytes = bytes};
    made.envelope = adapter->open(message, made.found);
    verdict.at = noon;
    verdict.id = "tie1.42";
    made.bytes = adapter->application_answer(message, made.envelope, verdict).bytes;
    return made;
}

}  // namespace

TEST_CASE("hl7v2 answer: the application acknowledgment is a message of its own that asks for none", "[hl7v2][answer]")
{
    const auto made = tell_later(admission("2.5.1", "|||AL|AL"));
    CHECK(made.line("MSH") == "MSH|^~\\&|TIE|HUB^x|PAS^1.2.3^ISO|RYJ|20261124120000+0000||ACK^A01^ACK|" + made.field("MSH", 10) + "|P|2.5.1|||NE|NE");
    CHECK(made.line("MSA") == "MSA|AA|C123");
    CHECK(made.line("ERR").empty());
    CHECK(made.field("MSH", 10) != tell(admission("2.5.1", "|||AL|AL")).field("MSH", 10));
    CHECK(made.bytes == tell_later(admission("2.5.1", "|||AL|AL")).bytes);
    const auto refused = tell_later(admission("2.5.1", "|||AL|AL"), bad(verdict_kind::invalid));
    CHECK(refused.line("MSA") == "MSA|AE|C123");
    CHECK(refused.field("ERR", 2) == "PID^1^3^2^4^1");
    CHECK(tell_later(admission("2.5.1", "|||AL|AL||UNICODE UTF-8")).field("MSH", 18) == "UNICODE UTF-8");
}

TEST_CASE("hl7v2 answer: the application acknowledgment is said as MSH-16 asks", "[hl7v2][answer]")
{
    const auto good = [](const char* acks, adapters::options given = {}) { return !tell_later(admission("2.5", acks), {}, given).bytes.empty(); };
    const auto wrong = [](const char* acks) { return !tell_later(admission("2.5", acks), bad(verdict_kind::invalid)).bytes.empty(); };
    CHECK((good("|||AL|AL") && wrong("|||AL|AL")));
    CHECK((!good("|||AL|ER") && wrong("|||AL|ER")));
    CHECK((good("|||AL|SU") && !wrong("|||AL|SU")));
    CHECK((!good("|||AL|NE") && !wrong("|||AL|NE")));
    CHECK((!good("|||AL|") && !wrong("|||AL|")));
    CHECK_FALSE(good("|||NE|AL"));  // answered as in original mode, where it is the answer
    CHECK_FALSE(good("|||AL|AL", {.acknowledgment = adapters::mode::original}));
    CHECK(good("||||AL", {.acknowledgment = adapters::mode::enhanced}));
    CHECK(tell_later("MSH|^~\\&|A|B|C|D|20261124||ACK^A01^ACK|C9|P|2.5|||AL|AL\rMSA|AA|C1\r").bytes.empty());
    CHECK(tell_later("no message").bytes.empty());
}

TEST_CASE("hl7v2 answer: an application acknowledgment names a hundred faults at most", "[hl7v2][answer]")
{
    auto verdict = bad(verdict_kind::invalid);
    verdict.found.resize(1'000, verdict.found.front());
    const auto bytes = tell_later(admission("2.5", "|||AL|AL"), verdict).bytes;
    std::size_t errors = 0;
    for (auto at = bytes.find("\rERR|"); at != bytes.npos; at = bytes.find("\rERR|", at + 1))
        errors++;
    CHECK(errors == 100);
}

TEST_CASE("bad input: an empty MSH-10 is code 101 and answered AR", "[hl7v2][bad-input]")
{
    auto bytes = admission();
    bytes.replace(bytes.find("C123"), 4, "");
    const auto made = tell(bytes, {.what = verdict_kind::rejected});
    REQUIRE(made.found.size() == 1);
    CHECK(made.found[0].v2_code == 101);
    CHECK(made.found[0].at == "MSH-10");
    CHECK(made.line("MSA") == "MSA|AR|");
}

TEST_CASE("bad input: what has no MSH is answered AR with what can be said", "[hl7v2][bad-input]")
{
    for (const std::string bytes : {"", "GET / HTTP/1.1\r\n", "MSH|^~\\&|PAS|RYJ\r", "\x16\x03\x01\x02", "MSH", "PID|1\r"}) {
        const auto made = tell(bytes, bad(verdict_kind::rejected, "", 100));
        CHECK_FALSE(made.envelope.readable);
        REQUIRE(made.found.size() == 1);
        CHECK(made.bytes.starts_with("MSH|^~\\&|"));
        CHECK(made.line("MSA").starts_with("MSA|AR|"));
        CHECK(made.field("MSA", 2).empty());
        CHECK(made.field("ERR", 3).starts_with("100^"));
    }
}
