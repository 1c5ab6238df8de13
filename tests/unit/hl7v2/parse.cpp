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

TEST_CASE("hl7v2 parser: reads every character set of HL7's table, however it is written", "[hl7v2][parse]")
{
    const auto read = [](std::string_view bytes, std::string_view name) {
        std::string buffer;
        model::issues found;
        const std::string made(to_utf8(bytes, name, buffer, found));
        CHECK(found.empty());
        return made;
    };
    CHECK(read("\xE6", "8859/2") == "\xC4\x87");                // c with acute
    CHECK(read("\xE6", "8859/3") == "\xC4\x89");
    CHECK(read("\xE6", "8859/4") == "\xC3\xA6");
    CHECK(read("\xB6", "8859/5") == "\xD0\x96");                // Cyrillic
    CHECK(read("\xC7", "8859/6") == "\xD8\xA7");                // Arabic
    CHECK(read("\xE1", "8859/7") == "\xCE\xB1");                // Greek
    CHECK(read("\xE0", "8859/8") == "\xD7\x90");                // Hebrew
    CHECK(read("\xDD", "8859/9") == "\xC4\xB0");                // Turkish
    CHECK(read("\xE6", "8859/10") == "\xC3\xA6");
    CHECK(read("\xA1", "8859/11") == "\xE0\xB8\x81");           // Thai
    CHECK(read("\xE6", "8859/13") == "\xC4\x99");
    CHECK(read("\xF0", "8859/14") == "\xC5\xB5");               // Welsh
    CHECK(read("\xA4", "8859/15") == "\xE2\x82\xAC");
    for (const auto name : {"8859/1", "ISO-8859-1", "ISO 8859/1", "iso8859_1", "WINDOWS-1252", "cp1252"})
        CHECK(read("\xEB\x80", name) == "\xC3\xAB\xE2\x82\xAC");
    for (const auto name : {"UNICODE UTF-8", "UTF-8", "utf8", "UNICODE", "ASCII", ""})
        CHECK(read("\xC3\xAB", name) == "\xC3\xAB");
}

TEST_CASE("hl7v2 parser: an escape changes the character set until the field ends", "[hl7v2][parse]")
{
    std::string buffer;
    model::issues found;
    CHECK(to_utf8("a\xE6 \\C2D42\\b\xE6|c\xE6", "8859/1", buffer, found) == "a\xC3\xA6 b\xC4\x87|c\xC3\xA6");
    CHECK(to_utf8("\\C2D46\\\xE1\\C2D41\\\xE1", "8859/15", buffer, found) == "\xCE\xB1\xC3\xA1");
    CHECK(to_utf8("\\C9999\\\xE6", "8859/1", buffer, found) == "\\C9999\\\xC3\xA6");
    CHECK(found.empty());
    CHECK(unescaped("\\C2D42\\Zoe\\M2442\\") == "Zoe");
    CHECK(unescaped("\\Clinic\\") == "\\Clinic\\");
}

TEST_CASE("hl7v2 parser: bytes of no character set are read as the listener says", "[hl7v2][parse]")
{
    std::string buffer;
    model::issues found;
    CHECK(to_utf8("\xF0", "", buffer, found, {.fallback = "8859/14"}) == "\xC5\xB5");
    CHECK(found.empty());
    CHECK(to_utf8("\xF0", "BIG-5", buffer, found, {.fallback = "8859/14"}) == "\xC5\xB5");
    REQUIRE(found.size() == 1);
    CHECK(found[0].diagnostics == "a character set that is not known, the bytes were read as 8859/14");
}

TEST_CASE("bad input: bytes that are not of the character set that MSH-18 names", "[hl7v2][bad-input]")
{
    std::string buffer;
    model::issues found;
    CHECK(to_utf8("\xAE", "8859/7", buffer, found) == "\xC2\xAE");
    CHECK(to_utf8("\xE9", "ASCII", buffer, found) == "\xC3\xA9");
    CHECK(to_utf8("\x81", "", buffer, found) == "\xEF\xBF\xBD");
    CHECK(found.size() == 2);
}

TEST_CASE("hl7v2 parser: carries out formatting commands", "[hl7v2][parse]")
{
    CHECK(unescaped("a\\.BR\\b\\.ce\\c") == "a\nb\nc");
    CHECK(unescaped("a\\.sp3\\b\\.sp+1\\c\\.sp\\d") == "a\n\n\nb\nc\nd");
    CHECK(unescaped("a\\.sk4\\b") == "a    b");
    CHECK(unescaped("\\.in+4\\a\\.ti-2\\b\\.fi\\c\\.nf\\d") == "abcd");
    CHECK(unescaped("a\\.sp99999999999\\b").size() == 82);
    CHECK(unescaped("a\\.spam\\b \\.\\ \\.b\\") == "a\\.spam\\b \\.\\ \\.b\\");
    CHECK(unescaped("\\Zward\\ \\Q\\ \\P\\ \\X4\\ \\Xzz\\") == "\\Zward\\ \\Q\\ \\P\\ \\X4\\ \\Xzz\\");
}

TEST_CASE("hl7v2 parser: takes the truncation character of HL7 v2.7", "[hl7v2][parse]")
{
    message read;
    model::issues found;
    arena memory;
    REQUIRE(read.read("MSH|^~\\&#|LAB\r", found));
    CHECK(found.empty());
    CHECK(read.marks().truncation == '#');
    CHECK(unescape("no \\P\\1", read.marks(), memory) == "no #1");
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
