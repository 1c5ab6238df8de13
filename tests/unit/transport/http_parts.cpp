#include "broker/transport/http/address.hpp"
#include "broker/transport/http/client.hpp"

#include <catch2/catch.hpp>

using namespace tieline::transport::http;
using kind = asked::kind;

TEST_CASE("http address: each interaction is told by its method and path", "[transport][http]")
{
    CHECK(read_address("POST", "/fhir", "/fhir").request == "POST Bundle");
    CHECK(read_address("POST", "/fhir/", "/fhir").request == "POST Bundle");
    CHECK(read_address("POST", "/fhir/$process-message?_format=json", "/fhir").request == "POST $process-message");
    CHECK(read_address("POST", "/fhir/Patient", "/fhir").request == "POST Patient");
    CHECK(read_address("PUT", "/fhir/Patient/a-1.2", "/fhir").request == "PUT Patient/a-1.2");
    CHECK(read_address("GET", "/fhir/metadata", "/fhir").what == kind::metadata);
    CHECK(read_address("HEAD", "/fhir/metadata", "/fhir").what == kind::metadata);
    CHECK(read_address("GET", "/fhir/_status/tie1.7", "/fhir").request == "tie1.7");
    CHECK(read_address("POST", "/Patient", "").request == "POST Patient");
}

TEST_CASE("http address: an encoded dollar is a dollar", "[transport][http]")
{
    CHECK(read_address("POST", "/fhir/%24process-message", "/fhir").request == "POST $process-message");
}

TEST_CASE("http address: another method says which is allowed, another path is not found", "[transport][http]")
{
    CHECK(read_address("DELETE", "/fhir/Patient/1", "/fhir").allow == "PUT");
    CHECK(read_address("GET", "/fhir/Patient", "/fhir").allow == "POST");
    CHECK(read_address("POST", "/fhir/metadata", "/fhir").allow == "GET, HEAD");
    for (const auto* path : {"/", "/fhirx", "/fhir/../etc", "/fhir/Patient/1/_history", "/fhir/patient", "/fhir//Patient", "/fhir/Patient/", "/fhir/_status/"})
        CHECK(read_address("POST", path, "/fhir").what == kind::not_found);
}

TEST_CASE("http url: is taken apart", "[transport][http]")
{
    const auto plain = parse_url("http://127.0.0.1:9000/fhir/");
    REQUIRE(plain);
    CHECK_FALSE(plain->secure);
    CHECK(plain->host == "127.0.0.1");
    CHECK(plain->port == 9000);
    CHECK(plain->path == "/fhir");
    const auto secure = parse_url("https://[::1]");
    REQUIRE(secure);
    CHECK(secure->secure);
    CHECK(secure->host == "::1");
    CHECK(secure->port == 443);
    CHECK(secure->path.empty());
}

TEST_CASE("bad input: a url with a user, a query, a fragment or no host is none", "[transport][http]")
{
    for (const auto* text : {"", "ftp://x", "http://", "http://:80", "http://a@b/", "http://a/?q", "http://a/#f", "http://a:0", "http://a:99999", "http://a:x", "http://[::1", "http://a b/"})
        CHECK_FALSE(parse_url(text));
}
