#include "broker/deliver/mllp/reply.hpp"
#include "broker/deliver/mllp/segment.hpp"

#include <catch2/catch.hpp>

using namespace tieline::deliver::mllp;

TEST_CASE("deliver mllp reply: reads MSA and the code of ERR-3 as from v2.5 on", "[deliver][mllp]")
{
    const auto got = read_reply("MSH|^~\\&|LAB|H|||20261124||ACK|9|P|2.5.1\rMSA|AE|M1\rERR||PID^1^3|204^Unknown key identifier^HL70357|E\r");
    REQUIRE(got);
    CHECK(got->acknowledgment == "AE");
    CHECK(got->control_id == "M1");
    CHECK(got->code == "204");
}

TEST_CASE("deliver mllp reply: reads the code of ERR-1.4.1 and of MSA-6 as before v2.5", "[deliver][mllp]")
{
    CHECK(read_reply("MSH|^~\\&|||||||ACK|9|P|2.3\rMSA|AE|M1\rERR|PID^1^3^101&Required field missing\r")->code == "101");
    CHECK(read_reply("MSH|^~\\&|||||||ACK|9|P|2.4\rMSA|AE|M1||||207^Application error\r")->code == "207");
}

TEST_CASE("deliver mllp reply: a warning is no error", "[deliver][mllp]")
{
    CHECK(read_reply("MSH|^~\\&|||||||ACK|9|P|2.5\rMSA|AE|M1\rERR|||103|W\rERR|||207|E\r")->code == "207");
}

TEST_CASE("deliver mllp reply: takes its own separators and any line ends", "[deliver][mllp]")
{
    const auto got = read_reply("\nMSH#*~\\&########ACK#9#P#2.5\nMSA#AA#M*1\r\n");
    REQUIRE_FALSE(got);  // a line end before MSH is no MSH
    const auto other = read_reply("MSH#*~\\&#######ACK#9#P#2.5\n\nMSA#CA#M^1\r\n");
    REQUIRE(other);
    CHECK(other->acknowledgment == "CA");
    CHECK(other->control_id == "M^1");
}

TEST_CASE("bad input: receiver answers with what is no acknowledgment", "[deliver][mllp]")
{
    CHECK_FALSE(read_reply(""));
    CHECK_FALSE(read_reply("MSH"));
    CHECK_FALSE(read_reply("HTTP/1.1 400 Bad Request\r\n\r\n"));
    CHECK_FALSE(read_reply("MSH|^~\\&|||||||ACK|9|P|2.5\r"));
    CHECK_FALSE(read_reply("MSH|^~\\&|||||||ACK|9|P|2.5\rMSA|OK|M1\r"));
    CHECK_FALSE(read_reply("MSH|^~\\&|||||||ACK|9|P|2.5\rMSA\r"));
}

TEST_CASE("deliver mllp segment: finds the control id, and none in what is cut", "[deliver][mllp]")
{
    CHECK(control_id("MSH|^~\\&|A|B|C|D|20261124||ADT^A01|M77|P|2.5\rPID|1\r") == "M77");
    CHECK(control_id("MSH|^~\\&|A|B\r").empty());
    CHECK(control_id("{\"resourceType\": \"Bundle\"}").empty());
}
