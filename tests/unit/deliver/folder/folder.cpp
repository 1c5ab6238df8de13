#include "broker/deliver/folder/folder.hpp"

#include "tests/support/temporary_folder.hpp"
#include "tests/support/one_destination.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace tieline;
using verdict = deliver::attempt::verdict;
namespace fs = std::filesystem;

TEST_CASE("deliver folder: files are named by the Tieline id and what they hold", "[deliver][folder]")
{
    const tests::temporary_folder in;
    tests::one_destination to(deliver::folder::make_destination, "{folder: {path: " + in.path() + "}}");
    REQUIRE(to.way_out);
    CHECK(to.send("MSH|^~\\&|").what == verdict::delivered);
    CHECK(to.send(" {\"resourceType\":\"Bundle\"}").what == verdict::delivered);
    CHECK(fs::exists(in.path() + "/tie1.7.hl7"));
    CHECK(fs::exists(in.path() + "/tie1.7.json"));
    CHECK(to.way_out->address() == in.path());
}

TEST_CASE("bad input: receiver's folder is gone, which is no fault of the message", "[deliver][folder]")
{
    const tests::temporary_folder in;
    tests::one_destination to(deliver::folder::make_destination, "{folder: {path: " + in.path() + "/absent}}");
    REQUIRE(to.way_out);
    CHECK(to.send("MSH|^~\\&|").what == verdict::fault);
}

TEST_CASE("bad input: a folder destination without a path", "[deliver][folder]")
{
    const tests::one_destination to(deliver::folder::make_destination, "{folder: {}}");
    CHECK_FALSE(to.way_out);
    CHECK(model::has_error(to.found));
}
