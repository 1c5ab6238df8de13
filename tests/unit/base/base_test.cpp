#include "broker/base/digest.hpp"
#include "broker/base/ids.hpp"
#include "broker/base/nhs_number.hpp"
#include "broker/base/pack.hpp"
#include "broker/base/time.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using namespace std::chrono_literals;

TEST_CASE("ids: a Tieline id names its node and offset and is read back", "[base]")
{
    CHECK(tieline_id("tie1", offset{42}) == "tie1.42");
    CHECK(offset_of("tie1.42", "tie1") == offset{42});
}

TEST_CASE("ids: what is no id of this node has no offset", "[base]")
{
    for (const auto* wrong : {"", "tie1", "tie1.", "tie1.0", "tie1.x", "tie1.4x", "tie2.42", "tie1.99999999999999999999999", "tie1.-1"})
        CHECK(offset_of(wrong, "tie1") == std::nullopt);
}

TEST_CASE("digest: SHA-256, HMAC, CRC-32C and base64 give the standards' own examples", "[base]")
{
    CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
    CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");  // RFC 4231 §4.3
    CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aaU);                         // RFC 3720 §B.4
    CHECK(crc32c("123456789") == 0xe3069283U);
    CHECK(base64("fooba") == "Zm9vYmE=");  // RFC 4648 §10
}

TEST_CASE("digest: a UUID of a name is of version 5 and always the same", "[base]")
{
    const auto id = uuid_v5("Patient|https://fhir.nhs.uk/Id/nhs-number|9990000018");
    CHECK(id == uuid_v5("Patient|https://fhir.nhs.uk/Id/nhs-number|9990000018"));
    CHECK(id != uuid_v5("Patient|https://fhir.nhs.uk/Id/nhs-number|9990000026"));
    REQUIRE(id.size() == 36);
    CHECK(id[14] == '5');
    CHECK((id[19] == '8' || id[19] == '9' || id[19] == 'a' || id[19] == 'b'));
}

TEST_CASE("pack: numbers and texts come back in order", "[base]")
{
    const auto bytes = packer().number(0).number(300).text("MSH").number(~0ULL).text("").take();
    unpacker from(bytes);
    CHECK(from.number() == 0);
    CHECK(from.number() == 300);
    CHECK(from.text() == "MSH");
    CHECK(from.number() == ~0ULL);
    CHECK(from.text().empty());
    CHECK(from.ok());
    CHECK(from.done());
}

TEST_CASE("bad input: packed bytes that are cut or lie about a length are noticed", "[base]")
{
    const auto bytes = packer().text("a longer text").take();
    for (std::size_t size = 0; size < bytes.size(); size++) {
        unpacker from(std::string_view(bytes).substr(0, size));
        CHECK(from.text().empty());
        CHECK_FALSE(from.ok());
    }
    unpacker endless("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
    endless.number();
    CHECK_FALSE(endless.ok());
}

TEST_CASE("pack: big endian keys sort as numbers do", "[base]")
{
    std::string small, large;
    append_big_endian(small, 255);
    append_big_endian(large, 256);
    CHECK(small < large);
    CHECK(read_big_endian(large) == 256);
}

TEST_CASE("time: a moment is written as FHIR and HL7 v2 want it", "[base]")
{
    const instant at{std::chrono::sys_days{std::chrono::year{2024} / 2 / 29} + 23h + 59min + 58s + 7ms};
    CHECK(to_iso(at) == "2024-02-29T23:59:58.007Z");
    CHECK(to_hl7(at) == "20240229235958.007+0000");
}

TEST_CASE("time: a span is told in the unit that a person would use", "[base]")
{
    CHECK(to_text(850us) == "0.8 ms");
    CHECK(to_text(850ms) == "850 ms");
    CHECK(to_text(59s) == "59 s");
    CHECK(to_text(4min) == "4 min");
    CHECK(to_text(std::chrono::hours(50)) == "2 d");
}

TEST_CASE("nhs number: ten digits of which the last is right by modulus 11", "[base]")
{
    for (const auto* right : {"9434765919", "9990000018", "0000000000", "9999999999"})
        CHECK(is_nhs_number(right));
    for (const auto* wrong : {"", "943476591", "9434765918", "94347659190", "943 476 5919", "943476591X", "1000000010"})
        CHECK_FALSE(is_nhs_number(wrong));
    CHECK(is_nhs_number_for_tests("9999999999"));
    CHECK_FALSE(is_nhs_number_for_tests("9434765919"));
}
