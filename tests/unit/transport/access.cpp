#include "broker/transport/access.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using transport::address_filter;

namespace {

bool allows(std::vector<std::string> ranges, const char* peer)
{
    model::issues found;
    const address_filter filter(ranges, "file:3", found);
    REQUIRE(found.empty());
    return filter.allows(boost::asio::ip::make_address(peer));
}

}  // namespace

TEST_CASE("access: ranges hold the addresses that share their prefix", "[transport][access]")
{
    CHECK(allows({}, "203.0.113.9"));
    CHECK(allows({"10.1.0.0/16"}, "10.1.255.3"));
    CHECK_FALSE(allows({"10.1.0.0/16"}, "10.2.0.1"));
    CHECK(allows({"10.1.2.128/25"}, "10.1.2.200"));
    CHECK_FALSE(allows({"10.1.2.128/25"}, "10.1.2.127"));
    CHECK(allows({"10.9.9.9", "192.168.1.7"}, "192.168.1.7"));
    CHECK_FALSE(allows({"192.168.1.7"}, "192.168.1.8"));
    CHECK(allows({"0.0.0.0/0"}, "8.8.8.8"));
    CHECK(allows({"2001:db8::/32"}, "2001:db8:1::1"));
    CHECK_FALSE(allows({"2001:db8::/32"}, "2001:db9::1"));
    CHECK_FALSE(allows({"0.0.0.0/0"}, "2001:db8::1"));
    CHECK(allows({"10.0.0.0/8"}, "::ffff:10.1.2.3"));
}

TEST_CASE("access: what is no range is named", "[transport][access]")
{
    for (const auto* wrong : {"", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "2001:db8::/129", "lab.example"}) {
        model::issues found;
        const address_filter filter({wrong}, "file:3", found);
        REQUIRE(found.size() == 1);
        CHECK(found[0].at == "file:3");
    }
}

TEST_CASE("access: certificate names are compared as in DNS", "[transport][access]")
{
    CHECK(transport::certificate_allowed({}, {}));
    CHECK(transport::certificate_allowed({"pas.trust.example"}, {"PAS", "pas.Trust.example"}));
    CHECK_FALSE(transport::certificate_allowed({"pas"}, {"pas.trust.example"}));
    CHECK_FALSE(transport::certificate_allowed({"pas"}, {}));
}
