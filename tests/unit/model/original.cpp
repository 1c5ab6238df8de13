#include "broker/model/original.hpp"

#include <catch2/catch.hpp>

using tieline::model::without_original;

namespace {

const std::string start = R"({"resourceType":"Bundle","type":"message","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"1","text":"a \"}]{[ b"}})";
const std::string message = R"({"fullUrl":"urn:uuid:2","resource":{"resourceType":"DocumentReference","id":"2","content":[{"attachment":{"contentType":"application/hl7-v2+er7","data":"TVNI"}}]}})";

std::string provenance(const std::string& members) { return R"({"fullUrl":"urn:uuid:3","resource":{"resourceType":"Provenance","id":"3")" + members + "}}"; }

}  // namespace

TEST_CASE("original: leaves out the message and what names it, and nothing else", "[model][original]")
{
    const std::string source = R"({"role":"source","what":{"reference":"urn:uuid:2"}})", other = R"({"role":"source","what":{"reference":"urn:uuid:4"}})";
    const auto with = [&](const std::string& entities) {
        return without_original(start + "," + provenance(R"(,"entity":[)" + entities + R"(],"recorded":"2026")") + "," + message + "]}");
    };
    CHECK(with(source + "," + other) == start + "," + provenance(R"(,"entity":[)" + other + R"(],"recorded":"2026")") + "]}");
    CHECK(with(source) == start + "," + provenance(R"(,"recorded":"2026")") + "]}");
    CHECK(without_original(start + "," + message + R"(],"signature":{}})") == start + R"(],"signature":{}})");
}

TEST_CASE("original: a Bundle without a message stays as it is", "[model][original]")
{
    for (const std::string bundle : {start + "]}", std::string(R"({"resourceType":"Bundle"})"), std::string("{}"),
                                     start + R"(,{"fullUrl":"urn:uuid:2","resource":{"resourceType":"DocumentReference","content":[{"attachment":{"contentType":"application/pdf"}}]}}]})"})
        CHECK(without_original(bundle) == bundle);
}

TEST_CASE("bad input: a Bundle that is cut is no reason to read beyond it", "[model][bad-input]")
{
    const auto whole = start + "," + message + "]}";
    for (std::size_t size = 0; size <= whole.size(); size++)
        CHECK(without_original(whole.substr(0, size)).size() <= size + 1);
}
