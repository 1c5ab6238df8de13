#include "broker/transport/mllp/frame_room.hpp"

#include <catch2/catch.hpp>

using tieline::transport::mllp::frame_room;

TEST_CASE("mllp frame room: is bounded, but for one session at a time", "[transport][mllp]")
{
    frame_room room(100);
    frame_room::share first(room);
    frame_room::share second(room);
    {
        frame_room::share third(room);
        CHECK(first.resize(60));
        CHECK(second.resize(40));
        CHECK(third.resize(50));         // beyond, and the only one
        CHECK_FALSE(first.resize(61));
        CHECK(third.resize(500));
        CHECK(first.resize(20));         // less is always granted
        CHECK_FALSE(second.resize(41));
        CHECK(room.used() == 560);
    }
    CHECK(room.used() == 60);
    CHECK(second.resize(80));
    CHECK(first.resize(21));             // now this one may
    CHECK_FALSE(second.resize(81));
}
