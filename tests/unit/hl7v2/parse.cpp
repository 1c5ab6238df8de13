#include "adapters/hl7v2/charset.hpp"
#include "adapters/hl7v2/parse.hpp"
#include "adapters/hl7v2/text.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

using namespace tieline;
using namespace tieline::adapters::hl7v2;

namespace {

std::string unescaped(std::string_view text)
{
    arena memory;
    return std::string(unescape(text, {}, memory));
}

std::string first_fault(std::string_view bytes)
{
    message read;
    model::issues found;
    CHECK_FALSE(read.read(bytes, found));
    REQUIRE_FALSE(found.empty());
    return found.front().at;
}

}  // namespace

TEST_CASE("hl7v2 parser: splits a message into segments and fields that are views of it", "[hl7v2][parse]")
{
    const std::string bytes = "MSH|^~\\&|PAS|RYJ\rPID|1||4001^^^RYJ^MR~9434765919^^^NHS^NH\r";
    message read;
    model::issues found;
    REQUIRE(read.read(bytes, found));
    REQUIRE(read.segments().size() == 2);
    const auto& pid = read.segments()[1];
    CHECK(read.field(read.segments()[0], 1) == "|");
    CHECK(read.field(read.segments()[0], 2) == "^~\\&");
    CHECK(read.field(read.segments()[0], 3) == "PAS");
    CHECK(read.field(pid, 3) == "4001^^^RYJ^MR~9434765919^^^NHS^NH");
    CHECK(read.field(pid, 3).data() == bytes.data() + bytes.find("4001"));
    CHECK(read.field(pid, 4).empty());
    CHECK(found.empty());
}

TEST_CASE("hl7v2 parser: takes the separators that the message names", "[hl7v2][parse]")
{
    message read;
    model::issues found;
    REQUIRE(read.read("MSH*:+!%*LAB*RYJ\rPID*1**4001:::RYJ\r", found));
    CHECK(read.marks().field == '*');
    CHECK(read.marks().component == ':');
    CHECK(read.marks().repetition == '+');
    CHECK(read.marks().escape == '!');
    CHECK(read.marks().subcomponent == '%');
    CHECK(part_of(read.field(read.segments()[1], 3), ':', 4) == "RYJ");
}

TEST_CASE("hl7v2 parser: counts the segments of each name", "[hl7v2][parse]")
{
    message read;
    model::issues found;
    REQUIRE(read.read("MSH|^~\\&|A\rOBX|1\rNTE|1\rOBX|2\r", found));
    CHECK(read.segments()[1].occurrence == 1);
    CHECK(read.segments()[3].occurrence == 2);
}

TEST_CASE("hl7v2 parser: carries out escapes", "[hl7v2][parse]")
{
    CHECK(unescaped("Smith \\T\\ Jones \\F\\ a\\S\\b\\R\\c\\E\\d") == "Smith & Jones | a^b~c\\d");
    CHECK(unescaped("one\\.br\\two") == "one\ntwo");
    CHECK(unescaped("\\H\\bold\\N\\ text") == "bold text");
    CHECK(unescaped("caf\\XC3A9\\ caf\\XE9\\") == "caf\xC3\xA9 caf\xC3\xA9");
    CHECK(unescaped("C:\\temp\\file") == "C:\\temp\\file");
    CHECK(unescaped("lone \\ stays") == "lone \\ stays");
    CHECK(unescaped("bell\x07gone") == "bellgone");
}

TEST_CASE("hl7v2 parser: leaves a text without escapes where it is", "[hl7v2][parse]")
{
    arena memory;
    const std::string_view text = "plain";
    CHECK(unescape(text, {}, memory).data() == text.data());
}

TEST_CASE("hl7v2 parser: transcodes what MSH-18 names and what is no UTF-8", "[hl7v2][parse]")
{
    std::string buffer;
    model::issues found;
    CHECK(to_utf8("Zo\xEB", "8859/1", buffer, found) == "Zo\xC3\xAB");
    CHECK(to_utf8("\xBE", "8859/15", buffer, found) == "\xC5\xB8");
    CHECK(to_utf8("Zo\xC3\xAB", "UNICODE UTF-8", buffer, found) == "Zo\xC3\xAB");
    CHECK(found.empty());
    CHECK(to_utf8("5 \x80", "", buffer, found) == "5 \xE2\x82\xAC");
    CHECK(found.empty());
    CHECK(to_utf8("Zo\xEB", "UNICODE UTF-8", buffer, found) == "Zo\xC3\xAB");
    REQUIRE(found.size() == 1);
    CHECK(found[0].at == "MSH-18");
}

TEST_CASE("hl7v2 parser: reads 20,000 observations in linear time", "[hl7v2][parse]")
{
    std::string bytes = "MSH|^~\\&|LAB\r";
    for (int i = 0; i < 20'000; i++)
        bytes += "OBX|" + std::to_string(i) + "|NM|718-7^Haemoglobin^LN||140|g/L|130-180|N|||F\r";
    message read;
    model::issues found;
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(read.read(bytes, found));
    CHECK(read.segments().size() == 20'001);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
}

TEST_CASE("bad input: no MSH, a cut MSH and unusable separators name their place", "[hl7v2][bad-input]")
{
    CHECK(first_fault("") == "MSH");
    CHECK(first_fault("PID|1||4001\r") == "MSH");
    CHECK(first_fault("MSH") == "MSH-1");
    CHECK(first_fault("MSHA^~\\&APASARYJ") == "MSH-1");
    CHECK(first_fault("MSH|||||||ACK") == "MSH-2");
    CHECK(first_fault("MSH|a^~&|PAS") == "MSH-2");
    CHECK(first_fault("MSH|^~\\&|A\rPID|1\rMSH|^~\\&|B\r") == "MSH[2]");
}

TEST_CASE("bad input: an encoding character that stands there twice counts once", "[hl7v2][bad-input]")
{
    message read;
    model::issues found;
    REQUIRE(read.read("MSH|^~\\\\&|PAS\r", found));
    CHECK(read.marks().subcomponent == '&');
    REQUIRE(found.size() == 1);
    CHECK(found[0].level == model::severity::warning);
    CHECK(found[0].at == "MSH-2");
}

TEST_CASE("bad input: line ends of every kind, a byte order mark and blank lines", "[hl7v2][bad-input]")
{
    for (const std::string bytes : {"MSH|^~\\&|A\nPID|1\n", "MSH|^~\\&|A\r\nPID|1\r\n", "\xEF\xBB\xBFMSH|^~\\&|A\rPID|1", "\r\n\r\nMSH|^~\\&|A\r\rPID|1\r"}) {
        message read;
        model::issues found;
        REQUIRE(read.read(bytes, found));
        REQUIRE(read.segments().size() == 2);
        CHECK(read.field(read.segments()[0], 3) == "A");
        CHECK(read.field(read.segments()[1], 1) == "1");
    }
}

TEST_CASE("bad input: a line that is no segment is left out and named", "[hl7v2][bad-input]")
{
    message read;
    model::issues found;
    REQUIRE(read.read("MSH|^~\\&|A\rthis is free text\rPID|1\r", found));
    CHECK(read.segments().size() == 2);
    REQUIRE(found.size() == 1);
    CHECK(found[0].at == "line 2");
    CHECK(found[0].level == model::severity::warning);
}

TEST_CASE("bad input: a message beyond the limits is refused before it costs anything", "[hl7v2][bad-input]")
{
    message read;
    model::issues found;
    const std::string bytes = "MSH|^~\\&|A\rPID|1|2|3\rPV1|1\r";
    CHECK_FALSE(read.read(bytes, found, {.bytes = 10}));
    CHECK_FALSE(read.read(bytes, found, {.segments = 2}));
    CHECK_FALSE(read.read(bytes, found, {.fields = 4}));
    REQUIRE(found.size() == 3);
    CHECK(found[0].code == "too-long");
    CHECK(found[1].code == "too-costly");
    CHECK(found[2].code == "too-costly");
}
