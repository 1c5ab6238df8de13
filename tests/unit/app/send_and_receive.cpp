#include "broker/app/receive/http_server.hpp"
#include "broker/app/receive/system.hpp"
#include "broker/app/send/run.hpp"
#include "broker/transport/mllp/mllp.hpp"
#include "broker/transport/mllp/options.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

using namespace tieline;
using namespace tieline::app;
using namespace std::chrono_literals;

namespace {

const std::string admit = "MSH|^~\\&|PAS|RYJ|LAB|RYJ|20240315103000||ADT^A01^ADT_A01|M1|P|2.5\rPID|1||H1^^^RYJ^MR\r";
const std::string referral = R"({"resourceType":"Bundle","type":"message","identifier":{"system":"urn:t","value":"B1"},"entry":[{"fullUrl":"urn:uuid:5b1f3c7e-0d42-4a6f-9a11-7d0e52c63890","resource":{"resourceType":"MessageHeader","id":"h1","eventCoding":{"system":"urn:x","code":"referral"},"source":{"endpoint":"urn:y"}}}]})";

/// A receiving system on a thread of its own.
class receiver {
public:
    explicit receiver(receive::behaviour how) : fhir_(how.fhir), system_(std::move(how), out_, [this] { enough_ = true; })
    {
        const boost::asio::ip::tcp::endpoint at(boost::asio::ip::make_address("127.0.0.1"), 0);
        model::issues none;
        if (fhir_)
            listener_ = receive::make_http_server(context_, system_, at, "/fhir");
        else
            listener_ = transport::mllp::make_bare_listener({{.at = at, .addresses = {{}, {}, none}}}, {context_, system_, board_});
        if (const auto failed = listener_->start())
            throw boost::system::system_error(failed);
        thread_ = std::thread([this] { context_.run(); });
    }
    ~receiver() { end(); }

    /// Ends it; what it wrote.
    std::string end()
    {
        if (thread_.joinable()) {
            boost::asio::post(context_, [this] { listener_->stop(1s, [this] { context_.stop(); }); });
            thread_.join();
        }
        return out_.str();
    }
    bool enough() const { return enough_; }

    /// The plan that sends these messages here.
    send::plan plan(std::vector<std::string> messages) const
    {
        send::plan made;
        made.where.to = {.what = fhir_ ? send::target::protocol::fhir : send::target::protocol::mllp,
                         .host = "127.0.0.1",
                         .port = listener_->port(),
                         .path = fhir_ ? "/fhir" : ""};
        for (auto& one : messages)
            made.messages.push_back({.file = "file", .bytes = std::move(one)});
        made.timeout = 300ms;
        made.json = true;
        return made;
    }

private:
    bool fhir_;
    boost::asio::io_context context_;
    observe::board board_;
    std::ostringstream out_;
    std::atomic<bool> enough_ = false;
    receive::system system_;
    std::unique_ptr<transport::listener> listener_;
    std::thread thread_;
};

send::tally send_to(const receiver& at, std::vector<std::string> messages, std::string* said = nullptr)
{
    std::ostringstream out;
    auto done = send::run(at.plan(std::move(messages)), out);
    if (said)
        *said = out.str();
    return done.value();
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("send and receive: a message is acknowledged over MLLP and over FHIR", "[app][send][receive]")
{
    std::string said;
    receiver lab({});
    CHECK(send_to(lab, {admit}, &said).positive == 1);
    CHECK(holds(said, R"({"file":"file","control_id":"M1","answer":"AA")"));
    CHECK(holds(lab.end(), R"("control_id":"M1","type":"ADT^A01","bytes":)"));

    receiver gp({.fhir = true});
    CHECK(send_to(gp, {referral}, &said).positive == 1);
    CHECK(holds(said, R"("control_id":"B1","answer":"200")"));
    CHECK(holds(gp.end(), R"("request":"POST $process-message","resource_type":"Bundle")"));
}

TEST_CASE("send and receive: a receiver refuses as told", "[app][send][receive]")
{
    for (const auto* refusal : {"AE:204", "AR:207", "CE:100", "CR:203"}) {
        receive::behaviour how;
        REQUIRE(receive::read_refusal(refusal, how));
        receiver lab(how);
        std::string said;
        CHECK(send_to(lab, {admit}, &said).refused == 1);
        CHECK(holds(said, "\"answer\":\"" + std::string(refusal, 2) + "\",\"code\":\"" + std::string(refusal + 3) + '"'));
    }
    receive::behaviour how{.fhir = true};
    REQUIRE(receive::read_refusal("503", how));
    receiver gp(how);
    std::string said;
    CHECK(send_to(gp, {referral}, &said).refused == 1);
    CHECK(holds(said, R"("answer":"503","code":"processing")"));

    receive::behaviour wrong;
    for (const auto* text : {"", "XX", "AE:", "AE:x", "AE204", "503"})
        CHECK_FALSE(receive::read_refusal(text, wrong));
    CHECK_FALSE(receive::read_refusal("200", how));
}

TEST_CASE("send and receive: a receiver drops the line, stays silent, is late, or answers for another message", "[app][send][receive]")
{
    for (const bool fhir : {false, true}) {
        const auto message = fhir ? referral : admit;
        receiver drops({.fhir = fhir, .drop = true});
        CHECK(send_to(drops, {message}).failed == 1);
        receiver silent({.fhir = fhir, .silent = true});
        CHECK(send_to(silent, {message}).failed == 1);
        receiver late({.fhir = fhir, .delay = 10s});
        CHECK(send_to(late, {message}).failed == 1);
    }
    receiver foreign({.foreign = true});
    std::string said;
    CHECK(send_to(foreign, {admit}, &said).refused == 1);
    CHECK(holds(said, "the answer is for another message"));
}

TEST_CASE("send and receive: a fault meets each Nth message only", "[app][send][receive]")
{
    receiver lab({.refuse = "AE", .every = 3});
    auto plan = lab.plan({admit});
    plan.repeat = 9;
    plan.new_ids = true;
    plan.connections = 4;
    std::ostringstream out;
    const auto done = send::run(plan, out).value();
    CHECK(done.positive == 6);
    CHECK(done.refused == 3);
    CHECK(holds(send::summary(done), "9 sent in "));
    CHECK_FALSE(holds(out.str(), R"("control_id":"M1")"));
}

TEST_CASE("send: keeps to its rate, and ends when nobody is there", "[app][send]")
{
    receiver lab({});
    auto plan = lab.plan({admit});
    plan.repeat = 11;
    plan.rate = 50;
    plan.connections = 3;
    std::ostringstream out;
    const auto done = send::run(plan, out).value();
    CHECK(done.positive == 11);
    CHECK(done.took >= 190ms);

    auto nobody = plan;
    nobody.where.to.port = 1;
    nobody.rate = 0;
    nobody.connections = 1;
    CHECK(send::run(nobody, out).value().failed == 1);
}

TEST_CASE("receive: keeps the bodies and says when enough have come", "[app][receive]")
{
    const tests::temporary_folder folder;
    receiver lab({.count = 2, .store = folder.path()});
    CHECK(send_to(lab, {admit}).positive == 1);
    CHECK_FALSE(lab.enough());
    CHECK(send_to(lab, {admit}).positive == 1);
    lab.end();
    CHECK(lab.enough());
    std::ostringstream kept;
    kept << std::ifstream(folder.path() + "/000002.hl7").rdbuf();
    CHECK(kept.str() == admit);
}
