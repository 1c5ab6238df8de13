#include "adapters/hl7v2/batch.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::adapters::hl7v2;

namespace {

std::string one(const std::string& id) { return "MSH|^~\\&|PAS|RYJ|TIE|RYJ|20260110||ADT^A01|" + id + "|P|2.4\rPID|1||4001\r"; }

const std::string batch_header = "BHS|^~\\&|PAS|RYJ|TIE|TRUST|20260110||NIGHT||B7\r";
const std::string file_header = "FHS|^~\\&|PAS|RYJ|TIE|TRUST|20260110||F.hl7||F3\r";

std::vector<model::answer> answers(std::size_t count)
{
    std::vector<model::answer> made;
    for (std::size_t i = 1; i <= count; i++)
        made.push_back({.bytes = "MSH|ack\rMSA|AA|M" + std::to_string(i) + "\r"});
    return made;
}

}  // namespace

TEST_CASE("hl7v2 batch: a single message is none", "[hl7v2][batch]")
{
    CHECK_FALSE(split_batch(one("M1")));
    CHECK_FALSE(split_batch(""));
    CHECK_FALSE(split_batch("PID|1\r"));
    CHECK_FALSE(split_batch("MSH|^~\\&|A\rOBX|1|TX|||see MSH|^ there\r"));
}

TEST_CASE("hl7v2 batch: gives the messages of a file of batches, each with all its lines", "[hl7v2][batch]")
{
    const auto file = file_header + batch_header + one("M1") + one("M2") + "BTS|2\r" + batch_header + one("M3") + "BTS|1\rFTS|2\r";
    const auto made = split_batch(file);
    REQUIRE(made);
    REQUIRE(made->messages.size() == 3);
    CHECK(made->messages[0] == one("M1"));
    CHECK(made->messages[2] == one("M3"));
    CHECK(made->found.empty());
}

TEST_CASE("hl7v2 batch: needs neither headers nor trailers, and takes every line end", "[hl7v2][batch]")
{
    CHECK(split_batch(one("M1") + one("M2"))->messages.size() == 2);
    CHECK(split_batch("\r\n" + batch_header + one("M1"))->messages.size() == 1);
    CHECK(split_batch("MSH|^~\\&|A\nPID|1\n\nMSH|^~\\&|B\nPID|1\n")->messages[1] == "MSH|^~\\&|B\nPID|1\n");
    CHECK(split_batch("MSH|^~\\&|A\r\nPID|1\r\nMSH|^~\\&|B\r\n")->messages[0] == "MSH|^~\\&|A\r\nPID|1\r\n");
}

TEST_CASE("hl7v2 batch: the answers stand in a batch that goes back, with the id of the one that came", "[hl7v2][batch]")
{
    const auto bytes = file_header + batch_header + one("M1") + one("M2") + "BTS|2\rFTS|1\r";
    const auto made = make_batch_answer(bytes, answers(2));
    const auto lines = split_batch(made);
    REQUIRE(lines);
    CHECK(lines->messages.size() == 2);
    CHECK(lines->found.empty());
    CHECK(made.starts_with("FHS|^~\\&|TIE|TRUST|PAS|RYJ|||||T"));
    CHECK(made.find("|F3\rBHS|^~\\&|TIE|TRUST|PAS|RYJ|||||T") != std::string::npos);
    CHECK(made.find("|B7\rMSH|ack\rMSA|AA|M1\rMSH|ack\rMSA|AA|M2\rBTS|2\rFTS|1\r") != std::string::npos);
    CHECK(make_batch_answer(bytes, answers(2)) == made);
}

TEST_CASE("hl7v2 batch: messages without a batch's header are answered without one", "[hl7v2][batch]")
{
    CHECK(make_batch_answer(one("M1") + one("M2"), answers(2)) == "MSH|ack\rMSA|AA|M1\rMSH|ack\rMSA|AA|M2\r");
    CHECK(make_batch_answer(batch_header + one("M1") + "BTS|1\r", std::vector<model::answer>(1)).empty());
    CHECK(make_batch_answer(batch_header + "BTS|0\r", {}).ends_with("|B7\rBTS|0\r"));
}

TEST_CASE("bad input: counts that do not fit and lines of no message are warned of", "[hl7v2][bad-input]")
{
    const auto made = split_batch(file_header + batch_header + "noise\r" + one("M1") + "BTS|2\rFTS|x\r");
    REQUIRE(made);
    CHECK(made->messages.size() == 1);
    REQUIRE(made->found.size() == 3);
    CHECK(made->found[0].at == "BTS-1");
    CHECK(made->found[0].diagnostics == "the count does not fit, there are 1 messages");
    CHECK(made->found[1].at == "FTS-1");
    CHECK(made->found[2].diagnostics == "lines of the batch that belong to no message are left out");
    CHECK_FALSE(model::has_error(made->found));
}

TEST_CASE("bad input: a batch that is cut or has no end is taken as far as it goes", "[hl7v2][bad-input]")
{
    for (const std::string bytes : {"BHS|", "BHS|\rBTS", "BHS|^~\\&\rBHS\rBTS\rFTS", "FHS|^~\\&\rMSH\r"}) {
        const auto made = split_batch(bytes);
        REQUIRE_FALSE(make_batch_answer(bytes, answers(made ? made->messages.size() : 0)).size() > 300);
    }
    std::string many = batch_header;
    for (int i = 0; i < 100'001; i++)
        many += "MSH|\r";
    const auto made = split_batch(many);
    REQUIRE(made);
    CHECK(made->messages.empty());
    CHECK(model::has_error(made->found));
}
