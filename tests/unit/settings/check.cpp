#include "broker/settings/settings.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using namespace tieline;

namespace {

constexpr std::string_view base = R"(listeners:
  pas: {mllp: {port: 2575}, adapter: hl7v2, accept: {type: [ADT]}}
  gp: {http: {port: 8080}, adapter: {name: fhir}}
destinations:
  lab: {mllp: {host: lab, port: 2600}}
  practice: {fhir: {url: "http://127.0.0.1/"}}
  files: {folder: {path: out}}
routes:
  - {name: everything, topic: all, to: [practice, files]}
  - {name: admissions, when: {source: pas}, topic: adt, publish: original, to: [lab]}
)";

std::string checked(std::string yaml)
{
    model::issues found;
    const auto given = settings::parse(yaml, "t.yaml", found);
    settings::check(given, found);
    std::string text;
    for (const auto& one : found)
        text += std::string(model::name(one.level)) + " " + model::to_text(one) + "\n";
    return text;
}

std::string with(std::string_view line) { return checked(std::string(base) + std::string(line)); }

}  // namespace

TEST_CASE("settings check: a destination where there are none is told so", "[settings]")
{
    CHECK(checked("listeners: {pas: {mllp: {}, adapter: hl7v2}}\nroutes: [{name: x, topic: t, to: [lab]}]\n").find("there are none") != std::string::npos);
}

TEST_CASE("settings check: finds nothing wrong with a right configuration", "[settings]") { CHECK(with("") == ""); }

TEST_CASE("bad input: a route that names what does not exist is told, with what could be meant", "[settings]")
{
    CHECK(with("  - {name: x, topic: x, to: [labb]}\n")
          == "error t.yaml:11: route x names the destination labb, which does not exist; did you mean \"lab\"?\n");
    CHECK(with("  - {name: x, topic: x, when: {source: [radiology]}}\n")
          == "error t.yaml:11: route x names the source radiology, which is no listener; there are: pas, gp\n");
    CHECK(with("  - {name: admissions, topic: x}\n")
          == "error t.yaml:11: a second route is named admissions, the first stands at t.yaml:10\n");
}

TEST_CASE("bad input: application acknowledgments go to a destination of their own that takes HL7 v2", "[settings]")
{
    const auto said = [](const std::string& listener, const std::string& to = "[]") {
        return checked("listeners:\n  pas: {mllp: {}, adapter: hl7v2, " + listener + "}\nroutes: [{name: x, topic: t, publish: original, to: " + to + "}]\n"
                       "destinations: {acks: {mllp: {host: pas, port: 2700}}, gp: {fhir: {url: \"http://127.0.0.1/\"}}}\n");
    };
    CHECK(said("application_ack: {to: acks}").find("error") == std::string::npos);
    CHECK(said("application_ack: {to: acks}").find("no route names the destination acks") == std::string::npos);
    CHECK(said("application_ack: {to: ackz}").find("error t.yaml:2: application_ack of listener pas: there is no destination ackz; did you mean \"acks\"?") != std::string::npos);
    CHECK(said("application_ack: {to: gp}").find("expected a destination that takes HL7 v2, gp takes FHIR") != std::string::npos);
    CHECK(said("application_ack: {to: acks}, mode: original").find("expected with HL7 v2 in enhanced mode only") != std::string::npos);
    CHECK(said("application_ack: {to: acks}", "[acks]").find("expected a destination that no route names") != std::string::npos);
}

TEST_CASE("bad input: a form that a destination can't take is refused", "[settings]")
{
    CHECK(with("  - {name: x, topic: x, to: [lab]}\n")
          == "error t.yaml:11: `publish: fhir` to the MLLP destination lab, expected `publish: original`\n");
    CHECK(with("  - {name: x, topic: x, publish: original, to: [practice]}\n")
          == "error t.yaml:11: `publish: original` sends the v2 messages of listener pas to the FHIR destination practice, "
             "expected `publish: fhir`\n");
    CHECK(with("  - {name: x, topic: x, publish: original, to: [lab]}\n")
          == "error t.yaml:11: `publish: original` sends the FHIR messages of listener gp to the MLLP destination lab; name its "
             "sources (`when: {source: …}`)\n");
    CHECK(with("  - {name: x, topic: x, publish: original, when: {source: gp}, to: [practice]}\n") == "");
    CHECK(with("  - {name: x, topic: x, publish: original, when: {type: Bundle}, to: [practice]}\n") == "");
    CHECK(with("  - {name: x, topic: x, publish: original, when: {type: ADT}, to: [lab, files]}\n") == "");
}

TEST_CASE("settings check: warns of routes that can never match and of what nobody uses", "[settings]")
{
    CHECK(with("  - {name: x, topic: x, when: {source: pas, type: ORU}}\n")
          == "warning t.yaml:11: route x can never match: no listener accepts what it asks for\n");
    CHECK(checked("listeners:\n  a: {mllp: {port: 1}, adapter: hl7v2}\n  b: {mllp: {port: 2}, adapter: hl7v2}\n"
                  "destinations:\n  lab: {discard: }\n"
                  "routes:\n  - {name: x, topic: x, when: {source: a}}\n")
          == "warning t.yaml:3: no route can take a message of listener b; all of them would end as Filtered\n"
             "warning t.yaml:5: no route names the destination lab\n");
    CHECK(checked("node: a\n") == "warning t.yaml: there are no listeners, so no message can come\n"
                                  "warning t.yaml: there are no routes, so every message would end as Filtered\n");
}

TEST_CASE("bad input: two listeners on one port", "[settings]")
{
    const auto two = [](std::string_view a, std::string_view b) {
        return checked("listeners:\n  a: {mllp: " + std::string(a) + ", adapter: hl7v2, from: [10.0.0.0/8]}\n  b: {http: " + std::string(b)
                       + ", adapter: fhir, from: [10.0.0.0/8]}\nroutes:\n  - {name: x, topic: x}\n");
    };
    CHECK(two("{port: 2575}", "{port: 2575}") == "error t.yaml:3: listener b and listener a both want port 2575\n");
    CHECK(two("{port: 2575}", "{port: 9464}") == "error t.yaml:3: listener b and ops both want port 9464\n");
    CHECK(two("{port: 0}", "{port: 0}") == "");
    CHECK(two("{port: 1, address: 127.0.0.1}", "{port: 1, address: 127.0.0.2}") == "");
    CHECK(two("{port: 1, address: 127.0.0.1}", "{port: 1, address: 0.0.0.0, tls: {}}")
          == "error t.yaml:3: listener b and listener a both want port 1\n");
}

TEST_CASE("settings check: warns of a listener that anybody could reach or read", "[settings]")
{
    const auto one = [](std::string_view transport, std::string_view more = "") {
        return checked("listeners:\n  a: {mllp: " + std::string(transport) + ", adapter: hl7v2" + std::string(more)
                       + "}\nroutes:\n  - {name: x, topic: x}\n");
    };
    const std::string plain = "warning t.yaml:2: listener a can be reached from other machines without TLS; messages can be "
                              "read and changed on the way\n";
    const std::string open = "warning t.yaml:2: listener a takes messages from anybody who can reach it; expected `from`, client "
                             "certificates (`tls: {clients: …}`), `sending_application` or a token\n";
    CHECK(one("{port: 1, address: 0.0.0.0}") == plain + open);
    CHECK(one("{port: 1, address: 10.1.2.3, tls: {certificate: a}}") == open);
    CHECK(one("{port: 1, address: 10.1.2.3, tls: {certificate: a, clients: b}}") == "");
    CHECK(one("{port: 1, address: 10.1.2.3, token: {env: A}}") == plain);
    CHECK(one("{port: 1, address: \"::\"}", ", from: [10.0.0.0/8]") == plain);
    CHECK(one("{port: 1, address: \"::1\"}") == "");
    CHECK(one("{port: 1, address: 127.9.9.9}") == "");
    CHECK(checked("ops: {address: 0.0.0.0}\nlisteners:\n  a: {mllp: {port: 1}, adapter: hl7v2}\nroutes:\n  - {name: x, topic: x}\n")
          == "warning t.yaml: ops listens beyond loopback: only /healthz, /readyz and /metrics are served there\n");
}
