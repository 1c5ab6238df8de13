#include "schemas/syntax/json.hpp"

#include <catch2/catch.hpp>

using namespace tieline::schemas::syntax;

namespace {

std::string refused(std::string_view text, const limits& within = {})
{
    rapidjson::Document document;
    const auto found = read_json(text, document, within);
    CHECK(document.IsNull());
    return found ? std::to_string(found->line) + ':' + std::to_string(found->column) + ' ' + found->what : "accepted";
}

}  // namespace

TEST_CASE("json: a resource is read, with all that JSON may write", "[syntax]")
{
    rapidjson::Document document;
    CHECK_FALSE(read_json(R"( {"resourceType":"Patient","a":[1,-2.50,true,null,"\u00e9\ud83d\ude00\"\\"],"":{}} )", document));
    CHECK(std::string(document["resourceType"].GetString()) == "Patient");
    CHECK(std::string(document["a"][4].GetString()) == "\xC3\xA9\xF0\x9F\x98\x80\"\\");
}

TEST_CASE("json: the same names in different objects are no repeat", "[syntax]")
{
    rapidjson::Document document;
    CHECK_FALSE(read_json(R"({"a":{"a":1,"b":{"a":2}},"b":[{"a":1},{"a":2}]})", document));
}

TEST_CASE("bad input: a member named twice is refused where its object ends", "[syntax]")
{
    CHECK(refused("{\"id\":\"1\",\n\"id\":\"2\"}") == "2:9 the object that ends here names a member twice");
    CHECK(refused(R"([{"x":{"a":1,"b":2,"a":3}}])").find("twice") != std::string::npos);
    CHECK(refused(R"({"a":1,"\u0061":2})").find("twice") != std::string::npos);
}

TEST_CASE("bad input: malformed JSON is refused with its place", "[syntax]")
{
    CHECK(refused("") == "1:1 The document is empty.");
    CHECK(refused("{\n  \"a\": }").starts_with("2:8 "));
    CHECK(refused("{\"a\":1} x").starts_with("1:9 "));
    for (const auto* text : {"{", "[1,]", "{\"a\" 1}", "{'a':1}", "\"a", "\"\\x\"", "\"\\u12\"", "nul", "01", "1e999", "\x01", "\"\t\""})
        CHECK(refused(text) != "accepted");
}

TEST_CASE("bad input: JSON 200,000 deep is refused before it is parsed", "[syntax]")
{
    CHECK(refused(std::string(200'000, '[')) == "1:129 nested too deeply");
    std::string objects;
    for (int i = 0; i < 200'000; i++)
        objects += "{\"a\":";
    CHECK(refused(objects).find("nested too deeply") != std::string::npos);
    CHECK(refused(std::string(128, '[') + std::string(128, ']'), {.depth = 127}) != "accepted");
    rapidjson::Document document;
    CHECK_FALSE(read_json(std::string(128, '[') + std::string(128, ']'), document));
    CHECK_FALSE(read_json("\"" + std::string(1000, '[') + "\"", document));
}

TEST_CASE("bad input: a lone surrogate is refused, a pair is not", "[syntax]")
{
    for (const auto* text : {R"("\udc83")", R"("\ud83d")", R"("\ud83dx")", R"("\ud83d\u0041")", R"("\ud83d\ud83d")"})
        CHECK(refused(text).find("surrogate") != std::string::npos);
    rapidjson::Document document;
    CHECK_FALSE(read_json(R"("\\udc83 is a text")", document));
}

TEST_CASE("bad input: bytes that are not UTF-8 are refused", "[syntax]")
{
    for (const auto* text : {"\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xc0\xaf\""})
        CHECK(refused(text) != "accepted");
}

TEST_CASE("bad input: a text larger than the limit is refused", "[syntax]")
{
    CHECK(refused("\"" + std::string(100, 'x') + "\"", {.bytes = 50}) == "1:1 larger than 50 bytes");
}

TEST_CASE("bad input: a NUL does not hide what follows it", "[syntax]")
{
    CHECK(refused(std::string_view("{\"a\":1}\0garbage", 15)) == "1:8 a NUL byte");
    CHECK(refused(std::string_view("[1,\0", 5)) == "1:4 a NUL byte");
    CHECK(refused(std::string_view("\"a\0b\"", 5)) != "accepted");
}

TEST_CASE("bad input: more values than the limit are refused before memory is spent on them", "[syntax]")
{
    std::string zeros = "[0";
    for (int i = 1; i < 3'000'000; i++)
        zeros += ",0";
    CHECK(refused(zeros + "]").find("more values") != std::string::npos);
    CHECK(refused(R"({"a":1,"b":2})", {.values = 4}) == "1:11 more values than are read");
    rapidjson::Document document;
    CHECK_FALSE(read_json(R"({"a":1,"b":2})", document, {.values = 5}));
    CHECK_FALSE(read_json(R"([",:{["])", document, {.values = 2}));
}
