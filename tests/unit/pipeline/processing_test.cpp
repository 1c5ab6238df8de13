#include "broker/pipeline/processing.hpp"

#include <catch2/catch.hpp>

using namespace tieline;
using namespace tieline::pipeline;
using model::message_state;

namespace {

const std::string admission = "MSH|^~\\&|PAS|RYJ|TIE|RYJ|20240315103000||ADT^A01^ADT_A01|C1|P|2.4\rEVN|A01|20240315103000\r"
                              "PID|1||H1^^^RYJ^MR||SMITH^ANNA\rPV1|1|I\r";
const std::string no_patient = "MSH|^~\\&|PAS|RYJ|TIE|RYJ|20240315103000||ADT^A01^ADT_A01|C2|P|2.4\rEVN|A01|20240315103000\r";

way listener(bool ack_processed = false)
{
    adapters::registry registry;
    adapters::add_builtin(registry);
    model::issues found;
    way made{.listener = {.name = "pas", .ack_processed = ack_processed}};
    made.adapter = registry.make("hl7v2", {}, found);
    REQUIRE(made.adapter);
    return made;
}

model::entry entry(std::string bytes)
{
    return {.at = offset{7}, .message = {.bytes = std::move(bytes), .listener = "pas", .sender = "pas"}};
}

settings::route to(std::string name, model::content form, std::string destination)
{
    return {.name = name, .when = {.type = {"ADT"}}, .topic = "topic." + name, .publish = form, .to = {std::move(destination)}};
}

const site here{.node = "tie1", .key = "key", .topic_prefix = "tieline."};

}  // namespace

TEST_CASE("processing: a message goes to every route that takes it, in the form that the route publishes", "[pipeline]")
{
    auto from = listener();
    const route::router router({to("fhir", model::content::fhir, "gp"), to("v2", model::content::original, "lab")});
    const auto message = entry(admission);
    const auto made = process(message, from, router, here);
    CHECK(made.outcome.state == message_state::published);
    CHECK(made.outcome.patient_key.size() == 16);
    const auto records = make_records(message, made, here);
    REQUIRE(records.size() == 2);
    CHECK(records[0].topic == "tieline.topic.fhir");
    CHECK(records[0].value.find("\"resourceType\":\"Bundle\"") != std::string::npos);
    CHECK(records[1].value == admission);
    CHECK(records[1].key == made.outcome.patient_key);
    const auto rows = make_deliveries(message, made);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].destination == "gp");
    CHECK(rows[1].what.form == model::content::original);
}

TEST_CASE("processing: the same entry gives the same Bundle, byte for byte", "[pipeline]")
{
    auto one = listener(), other = listener();
    const route::router router({to("fhir", model::content::fhir, "gp")});
    CHECK(process(entry(admission), one, router, here).bundle == process(entry(admission), other, router, here).bundle);
}

TEST_CASE("processing: a message that no route takes is Filtered with the reason", "[pipeline]")
{
    auto from = listener();
    CHECK(process(entry(admission), from, route::router({}), here).outcome.reason == "there is no route");
    const route::router results({{.name = "results", .when = {.type = {"ORU"}}, .topic = "oru"}});
    const auto made = process(entry(admission), from, results, here);
    CHECK(made.outcome.state == message_state::filtered);
    CHECK(made.outcome.reason == "no route takes it");
    CHECK(make_records(entry(admission), made, here).empty());
    CHECK(make_deliveries(entry(admission), made).empty());
}

TEST_CASE("processing: what can't be normalised is Held, and goes on where it is passed on as it came", "[pipeline]")
{
    auto from = listener();
    const route::router router({to("fhir", model::content::fhir, "gp"), to("v2", model::content::original, "lab")});
    const auto message = entry(no_patient);
    const auto made = process(message, from, router, here);
    REQUIRE(made.outcome.state == message_state::held);
    CHECK_FALSE(made.outcome.reason.empty());
    CHECK(made.bundle.empty());
    const auto records = make_records(message, made, here);
    REQUIRE(records.size() == 1);
    CHECK(records[0].value == no_patient);
    const auto rows = make_deliveries(message, made);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].destination == "lab");
    CHECK(rows[1].destination == deliver::before_the_bus);
    CHECK(rows[1].what.state == model::delivery_state::held);
}

TEST_CASE("processing: a sender that waits for the verdict is refused, and nothing goes on", "[pipeline]")
{
    auto from = listener(true);
    const route::router router({to("fhir", model::content::fhir, "gp"), to("v2", model::content::original, "lab")});
    const auto made = process(entry(no_patient), from, router, here);
    CHECK(made.outcome.state == message_state::refused);
    CHECK(made.settled);
    CHECK(make_records(entry(no_patient), made, here).empty());
    CHECK(make_deliveries(entry(no_patient), made).empty());
}

namespace {

std::string asking(std::string message, const std::string& acks)
{
    return message.replace(message.find("|P|2.4\r"), 7, "|P|2.4|||" + acks + "\r");
}

}  // namespace

TEST_CASE("processing: who asked for an application acknowledgment gets AA, or AE with what was wrong", "[pipeline]")
{
    auto from = listener();
    const route::router router({to("fhir", model::content::fhir, "gp")});
    const auto good = process(entry(asking(admission, "AL|AL")), from, router, here);
    CHECK(good.answered_later);
    CHECK(good.acknowledgment.find("\rMSA|AA|C1\r") != std::string::npos);
    CHECK(make_deliveries(entry(admission), good).size() == 1);
    const auto wrong = process(entry(asking(no_patient, "AL|ER")), from, router, here);
    CHECK(wrong.outcome.state == message_state::held);
    CHECK(wrong.acknowledgment.find("\rMSA|AE|C2\rERR|") != std::string::npos);
    CHECK(process(entry(asking(admission, "AL|ER")), from, router, here).acknowledgment.empty());
    CHECK_FALSE(process(entry(asking(admission, "AL|NE")), from, router, here).answered_later);
    CHECK_FALSE(process(entry(admission), from, router, here).answered_later);
    CHECK_FALSE(process(entry(asking(admission, "AL|AL")), from, router, here, true).answered_later);  // it was told before
    CHECK(process(entry(asking(admission, "AL|AL")), from, router, here).acknowledgment == good.acknowledgment);
}

TEST_CASE("processing: what no route takes is normalised all the same for an application acknowledgment", "[pipeline]")
{
    auto from = listener();
    const auto wrong = process(entry(asking(no_patient, "AL|AL")), from, route::router({}), here);
    CHECK(wrong.outcome.state == message_state::filtered);
    CHECK(wrong.acknowledgment.find("\rMSA|AE|C2\r") != std::string::npos);
}

TEST_CASE("processing: an application acknowledgment to a destination is a delivery of its own", "[pipeline]")
{
    auto from = listener();
    from.listener.application_ack_to = "acks";
    const route::router router({to("fhir", model::content::fhir, "gp")});
    const auto message = entry(asking(admission, "AL|AL"));
    const auto made = process(message, from, router, here);
    CHECK_FALSE(made.answered_later);
    const auto rows = make_deliveries(message, made);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].what.acknowledgment.empty());
    CHECK(rows[1].destination == "acks");
    CHECK(rows[1].what.form == model::content::acknowledgment);
    CHECK(rows[1].what.acknowledgment == made.acknowledgment);
    CHECK(make_records(message, made, here).size() == 1);
    CHECK(make_deliveries(message, process(entry(asking(admission, "AL|ER")), from, router, here)).size() == 1);
}
