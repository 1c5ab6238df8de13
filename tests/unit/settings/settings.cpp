#include "broker/settings/settings.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

std::string all(const model::issues& found)
{
    std::string text;
    for (const auto& one : found)
        text += std::string(model::name(one.level)) + " " + model::to_text(one) + "\n";
    return text;
}

}  // namespace

TEST_CASE("settings: reads the example of the design", "[settings]")
{
    model::issues found;
    ::setenv("TIELINE_TEST_TOKEN", "Bearer abc", 1);
    const auto given = settings::parse(R"(
node: tie1
data: data
bus: {kind: kafka, servers: [127.0.0.1:9092], prefix: tieline., partitions: 6, replication: 3, properties: {security.protocol: SASL_SSL}}
site_key: {file: site.key}         # keys the hashes of patients' numbers; made at first start if absent
listeners:
  pas:
    mllp: {address: 127.0.0.1, port: 2575, max_frame: 16MiB, tls: {certificate: pas.pem, key: {file: pas.key}, clients: ca.pem}}
    from: [10.1.0.0/16]
    adapter: {name: hl7v2, time_zone: Europe/London, uk: false, overlay: [maps/pas]}
    patient_key: [MR, NHS]
    mode: auto                     # original | enhanced
    ack: stored                    # processed
  gp: {http: {port: 8080}, adapter: {name: fhir}}
routes:
  - name: admissions
    when: {type: ADT, trigger: [A01, A02, A03], sending_facility: RYJ}
    topic: adt
    publish: fhir                  # original
    purpose: direct-care
    to: [gp-practice]
  - name: results as they came
    when: {type: ORU, source: pas}
    topic: oru.v2
    publish: original
    purpose: direct-care
    to: [lab]
destinations:
  lab: {mllp: {host: 127.0.0.1, port: 2600}, connections: 1, set: {MSH-5: LAB}}
  gp-practice:
    fhir: {url: "http://127.0.0.1:9000/fhir", send: process-message}     # transaction
    headers: {Authorization: {env: TIELINE_TEST_TOKEN}}
    retry: {first: 1s, most: 5m, hold_after: 7}
ops: {address: 127.0.0.1, port: 9464}
retention: {finished: 30d, size: 200GiB, disk_reserve: 2GiB}
)", "/srv/tieline/tieline.yaml", found);
    settings::check(given, found);
    INFO(all(found));
    REQUIRE(found.empty());

    CHECK(given.node == "tie1");
    CHECK(given.data == "/srv/tieline/data");
    CHECK(given.site_key_file == "/srv/tieline/site.key");
    CHECK(given.bus.kind == "kafka");
    CHECK(given.bus.properties == std::vector<std::pair<std::string, std::string>>{{"security.protocol", "SASL_SSL"}});
    REQUIRE(given.listeners.size() == 2);
    const auto& pas = given.listeners[0];
    CHECK(pas.kind == "mllp");
    CHECK(pas.at == "/srv/tieline/tieline.yaml:7");
    CHECK(pas.from == std::vector<std::string>{"10.1.0.0/16"});
    CHECK_FALSE(pas.adapter.uk);
    CHECK(pas.adapter.overlay == std::vector<std::string>{"/srv/tieline/maps/pas"});
    CHECK(pas.accept.processing_id == std::vector<std::string>{"P"});
    CHECK(pas.duplicate_window == 168h);
    REQUIRE(given.routes.size() == 2);
    CHECK(given.routes[0].when.trigger.size() == 3);
    CHECK(given.routes[1].publish == model::content::original);
    REQUIRE(given.destinations.size() == 2);
    CHECK(given.destinations[0].set.front().second == "LAB");
    CHECK(given.destinations[1].headers.front().second == "Bearer abc");
    CHECK(given.destinations[1].retry.hold_after == 7u);
    CHECK(given.destinations[1].retry.most == 5min);
    CHECK(given.retention.finished == 720h);
    CHECK(given.retention.size == 200ULL << 30);
    CHECK(given.retention.disk_reserve == 2ULL << 30);
}
