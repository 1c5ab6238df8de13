// What every kind of destination promises, whatever it speaks: run for each kind of add_builtin. A kind that needs options or a
// receiver has a case below; one without a case is made with no options and promised to take what it is sent.
#include "broker/deliver/destination.hpp"

#include "broker/base/async.hpp"
#include "tests/support/one_destination.hpp"
#include "tests/support/receivers.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

using namespace tieline;
using namespace std::chrono_literals;
using tests::one_destination;
using tests::receiver;
using verdict = deliver::attempt::verdict;

namespace {

/// A message as a kind can carry it, and how its receivers are reached.
struct scene {
    std::string options = "{}";          ///< what stands below the kind; `PORT` and `FOLDER` are put in
    std::string message = "MSH|^~\\&|A|B|C|D|20261124||ADT^A01|M1|P|2.5\rPID|1||5^^^H^MR||DOE^JANE\r";
    receiver::reader reader{};           ///< none: it has no receiver on a port
    receiver::behaviour takes{};         ///< a receiver that takes everything
    receiver::behaviour refuses{};       ///< one that calls the message wrong, with the patient's name in its words
};

scene mllp()
{
    scene of{.options = "{host: 127.0.0.1, port: PORT}", .reader = tests::cut_frame};
    of.takes = [](const std::string& got, std::size_t) { return receiver::reaction{.reply = tests::acknowledge(got, "AA")}; };
    of.refuses = [](const std::string& got, std::size_t) {
        return receiver::reaction{.reply = tests::acknowledge(got, "AE", "ERR||PID^1^5|204^DOE JANE^L|E|||DOE JANE\r")};
    };
    return of;
}

scene fhir()
{
    scene of{.options = "{url: \"http://127.0.0.1:PORT/fhir\"}", .reader = tests::cut_request};
    of.message = R"({"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"MessageHeader"}}]})";
    of.takes = [](const std::string&, std::size_t) { return receiver::reaction{.reply = tests::respond("200 OK")}; };
    of.refuses = [](const std::string&, std::size_t) {
        return receiver::reaction{.reply = tests::respond("422 DOE JANE", R"({"text":"DOE JANE"})", "X-Reason: DOE JANE\r\n")};
    };
    return of;
}

scene transaction()
{
    auto of = fhir();
    of.options = "{url: \"http://127.0.0.1:PORT/fhir\", send: transaction}";
    of.message = R"({"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"Patient","id":"1"}}]})";
    return of;
}

scene scene_of(const std::string& kind)
{
    if (kind == "fhir, transaction")
        return transaction();
    if (kind == "mllp")
        return mllp();
    if (kind == "fhir")
        return fhir();
    if (kind == "folder")
        return {.options = "{path: FOLDER}"};
    return {};
}

std::string filled(std::string options, std::uint16_t port, const std::string& folder)
{
    const auto put = [&options](const std::string& word, const std::string& value) {
        if (const auto at = options.find(word); at != std::string::npos)
            options.replace(at, word.size(), value);
    };
    put("PORT", std::to_string(port));
    put("FOLDER", folder);
    return options;
}

deliver::registry built_in()
{
    deliver::registry kinds;
    deliver::add_builtin(kinds);
    return kinds;
}

// Each kind as it is by default, and in the ways of sending that make something else of a message.
std::vector<std::string> ways()
{
    auto all = built_in().kinds();
    all.push_back("fhir, transaction");
    return all;
}

std::string kind_of(const std::string& way) { return way.substr(0, way.find(',')); }

deliver::factory maker(const std::string& kind)
{
    return [kind](settings::destination from, boost::asio::io_context& context, model::issues& found) {
        const auto kinds = built_in();
        from.kind = kind;
        return kinds.make(std::move(from), context, found);
    };
}

/// A destination of the kind as its scene says, on a receiver that behaves so (none: nobody listens).
struct stage {
    stage(const std::string& kind, receiver::behaviour react, const std::string& timeout = "5s")
        : of(scene_of(kind)), at(react && of.reader ? std::make_unique<receiver>(of.reader, std::move(react)) : nullptr),
          to(maker(kind_of(kind)), "{" + kind_of(kind) + ": " + filled(of.options, at ? at->port() : tests::free_port(), folder.path()) + ", timeout: " + timeout + "}")
    {
        INFO(kind);
        for (const auto& one : to.found)
            UNSCOPED_INFO(model::to_text(one));
        REQUIRE(to.way_out);
    }

    tests::temporary_folder folder;
    scene of;
    std::unique_ptr<receiver> at;
    one_destination to;
};

bool goes_later(const deliver::attempt& came) { return came.what == verdict::retry || came.what == verdict::fault; }

}  // namespace

TEST_CASE("destination contract: each kind is named once and a second of its name is our own fault", "[contract]")
{
    auto kinds = built_in();
    CHECK(kinds.kinds().size() >= 4);
    for (const auto& kind : kinds.kinds())
        CHECK_THROWS_AS(kinds.add(kind, maker(kind)), std::logic_error);
}

TEST_CASE("destination contract: is made without a receiver there, and says where it sends", "[contract]")
{
    for (const auto& kind : ways()) {
        stage on(kind, {});
        CHECK_FALSE(on.to.way_out->address().empty());
        on.to.way_out->close();
    }
}

TEST_CASE("bad input: destination contract: an option that it does not know is named with its line, and it is not made", "[contract]")
{
    for (const auto& kind : built_in().kinds()) {
        INFO(kind);
        const one_destination to(maker(kind), "{" + kind + ": {colour_of_pigeon: red}}");
        CHECK_FALSE(to.way_out);
        REQUIRE_FALSE(to.found.empty());
        bool named = false;
        for (const auto& one : to.found)
            named = named || (one.at == "test.yaml:4" && one.diagnostics.find("colour_of_pigeon") != std::string::npos);
        CHECK(named);
    }
}

TEST_CASE("destination contract: delivers, and the same message again", "[contract]")
{
    for (const auto& kind : ways()) {
        INFO(kind);
        stage on(kind, scene_of(kind).takes);
        CHECK(on.to.send(on.of.message).what == verdict::delivered);
        CHECK(on.to.send(on.of.message).what == verdict::delivered);
        if (on.at)
            CHECK(on.at->messages().size() == 2);
    }
}

TEST_CASE("destination contract: several sends at once have a connection each", "[contract]")
{
    for (const auto& kind : ways()) {
        INFO(kind);
        stage on(kind, scene_of(kind).takes);
        std::size_t delivered = 0;
        for (std::uint64_t i = 1; i <= 4; i++) {
            deliver::parcel one{.at = {i}, .id = "tie1." + std::to_string(i), .bytes = on.of.message};
            boost::asio::co_spawn(on.to.context, on.to.way_out->send(std::move(one)), [&](std::exception_ptr, deliver::attempt came) {
                delivered += came.what == verdict::delivered;
            });
        }
        on.to.context.run();
        CHECK(delivered == 4);
    }
}

TEST_CASE("bad input: destination contract: receiver is away, which is never the message's fault", "[contract]")
{
    for (const auto& kind : ways()) {
        if (!scene_of(kind).reader)
            continue;
        INFO(kind);
        stage on(kind, {});
        const auto came = on.to.send(on.of.message);
        CHECK(goes_later(came));
        CHECK(came.answer.empty());
        CHECK_FALSE(came.reason.empty());
    }
}

TEST_CASE("bad input: destination contract: receiver stays silent, and the try ends in time", "[contract]")
{
    for (const auto& kind : ways()) {
        if (!scene_of(kind).reader)
            continue;
        INFO(kind);
        stage on(kind, [](const std::string&, std::size_t) { return receiver::reaction{}; }, "200ms");
        const auto begun = std::chrono::steady_clock::now();
        CHECK(goes_later(on.to.send(on.of.message)));
        CHECK(std::chrono::steady_clock::now() - begun < 3s);
    }
}

TEST_CASE("destination contract: a try ends early when it is cancelled", "[contract]")
{
    for (const auto& kind : ways()) {
        if (!scene_of(kind).reader)
            continue;
        INFO(kind);
        stage on(kind, [](const std::string&, std::size_t) { return receiver::reaction{}; }, "1h");
        boost::asio::cancellation_signal cancel;
        bool ended = false;
        deliver::parcel one{.at = {1}, .id = "tie1.1", .bytes = on.of.message};
        boost::asio::co_spawn(on.to.context, on.to.way_out->send(std::move(one)),
                              boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, deliver::attempt came) {
                                  ended = true;
                                  CHECK(came.what != verdict::delivered);
                              }));
        boost::asio::steady_timer soon(on.to.context, 100ms);
        soon.async_wait([&](boost::system::error_code) { cancel.emit(boost::asio::cancellation_type::terminal); });
        on.to.context.run_for(5s);
        CHECK(ended);
    }
}

TEST_CASE("bad input: destination contract: receiver's own words stand in no answer and no reason", "[contract]")
{
    for (const auto& kind : ways()) {
        if (!scene_of(kind).refuses)
            continue;
        INFO(kind);
        stage on(kind, scene_of(kind).refuses);
        const auto came = on.to.send(on.of.message);
        CHECK(came.what == verdict::hold);
        CHECK_FALSE(came.answer.empty());
        CHECK((came.answer + came.reason).find("JANE") == std::string::npos);
    }
}
