#include "broker/app/configuration.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace tieline;

namespace {

std::string text(const model::issues& found)
{
    std::string all;
    for (const auto& one : found)
        all += std::string(model::name(one.level)) + " " + model::to_text(one) + "\n";
    return all;
}

/// What is said of a configuration in a file of its own; the folder's name is left out.
std::string said_of(const std::string& yaml)
{
    const tests::temporary_folder folder;
    const std::string file = folder.path() + "/t.yaml";
    std::ofstream(file) << yaml;
    model::issues found;
    app::load_and_check(file, found);
    std::string all = text(found);
    for (std::size_t at; (at = all.find(folder.path() + "/")) != all.npos;)
        all.erase(at, folder.path().size() + 1);
    return all;
}

bool says(const std::string& all, std::string_view part)
{
    CAPTURE(all, part);
    const bool found = all.find(part) != all.npos;
    CHECK(found);
    return found;
}

std::string with_mllp(const std::string& keys)
{
    return "listeners:\n  pas:\n    adapter: hl7v2\n    mllp:\n" + keys + "routes:\n  - {name: a, topic: a}\n";
}

}  // namespace

TEST_CASE("configuration: every example passes", "[app]")
{
    for (const char* name : {"GP_TOKEN", "PRACTICE_TOKEN", "TIELINE_GP_TOKEN"})
        ::setenv(name, "0123456789abcdef", 1);
    for (const std::string name : {"demo", "trust", "kafka"}) {
        model::issues found;
        app::load_and_check(TIELINE_SOURCE "/config/" + name + ".yaml", found);
        INFO(text(found));
        CHECK_FALSE(model::has_error(found));
        CHECK((name == "trust" || found.empty()));
    }
}

TEST_CASE("configuration: the TLS example passes once its files are there, and names each that is missing", "[app]")
{
    for (const char* name : {"PRACTICE_TOKEN", "TIELINE_GP_TOKEN"})
        ::setenv(name, "0123456789abcdef", 1);
    const tests::certificates made;
    const std::string file = made.folder() + "/tls.yaml", files = made.folder() + "/tls";
    std::filesystem::copy_file(TIELINE_SOURCE "/config/tls.yaml", file);

    model::issues found;
    app::load_and_check(file, found);
    const std::string all = text(found);
    for (const std::string at : {"tls.yaml:13: certificate", "tls.yaml:14: key", "tls.yaml:15: clients", "tls.yaml:23: certificate",
                                 "tls.yaml:47: trust", "tls.yaml:48: certificate", "tls.yaml:49: key", "tls.yaml:55: trust"})
        says(all, at);

    const auto server = made.make("server", true), client = made.make("client");
    std::filesystem::create_directories(files);
    const auto copy = [&](const std::string& from, const char* to) { std::filesystem::copy_file(from, files + "/" + to); };
    copy(server.certificate, "server.pem");
    copy(server.key_file, "server.key");
    copy(client.certificate, "client.pem");
    copy(client.key_file, "client.key");
    for (const char* to : {"clients-ca.pem", "lab-ca.pem", "practice-ca.pem"})
        copy(made.authority(), to);
    found.clear();
    app::load_and_check(file, found);
    INFO(text(found));
    CHECK(std::all_of(found.begin(), found.end(), [](const auto& one) { return one.level == model::severity::warning; }));
}

TEST_CASE("bad input: an unreadable certificate is told with its line", "[app]")
{
    const std::string missing = said_of(with_mllp("      tls:\n        certificate: none.pem\n        key: {file: none.key}\n"));
    says(missing, "error t.yaml:6: certificate: can't be read");
    says(missing, "No such file or directory");
    says(missing, "error t.yaml:7: key: the file ");
    says(said_of(with_mllp("      tls:\n        certificate: t.yaml\n        key: {file: t.yaml}\n")), "error t.yaml:6: certificate");
    says(said_of(with_mllp("      tls: {}\n")), "error t.yaml:5: ");
    says(said_of(with_mllp("      port: 2575\n    certificate: [pas]\n")), "tls");
}

TEST_CASE("bad input: a certificate that ends soon is a warning, one of another key an error", "[app]")
{
    const tests::certificates made;
    const auto soon = made.make("soon", true, 10), other = made.make("other", true);
    const auto tls = [](const std::string& certificate, const std::string& key) {
        return said_of(with_mllp("      tls: {certificate: " + certificate + ", key: {file: " + key + "}}\n"));
    };
    const std::string ends = tls(soon.certificate, soon.key_file);
    says(ends, "warning t.yaml:5: certificate");
    CHECK(ends.find("error") == ends.npos);
    says(tls(soon.certificate, other.key_file), "error t.yaml:5: key");
}

TEST_CASE("bad input: kinds, adapters and overlays that do not exist are told with the line", "[app]")
{
    const std::string all = said_of(R"(bus: {kind: rabbit}
listeners:
  a: {mlpp: {port: 1}, adapter: hl7v2}
  b: {mllp: {port: 2}, adapter: edifact}
  c: {mllp: {port: 3}, adapter: {name: hl7v2, overlay: [no/such/folder]}}
  d: {mllp: {port: 4}, adapter: {name: hl7v2, time_zone: Europe/Lundon}}
  e: {mllp: {port: 5, max_frames: 1MiB, address: nowhere}, adapter: hl7v2, from: [10.0.0.0/64]}
destinations:
  x: {ftp: {}}
  y: {mllp: {host: lab}}
  z: {fhir: {url: "ftp://x"}}
routes:
  - {name: a, topic: a, publish: original, to: [x, y, w]}
)");
    says(all, "error t.yaml:1: bus.kind: expected one of embedded, kafka");
    says(all, "error t.yaml:3: ");
    says(all, "error t.yaml:4: adapter: no such adapter, expected one of: fhir, hl7v2");
    says(all, "error t.yaml:5: adapter: no/such/folder: ");
    says(all, "error t.yaml:6: adapter: time_zone: ");
    says(all, "error t.yaml:7: unknown key \"max_frames\", did you mean \"max_frame\"?");
    says(all, "error t.yaml:7: address: ");
    says(all, "error t.yaml:9: destination x is of no known kind");
    says(all, "error t.yaml:10: \"port\" is missing");
    says(all, "error t.yaml:11: url: ");
    says(all, "error t.yaml:13: route a names the destination w, which does not exist");
    CHECK(all.find("error t.yaml:1:") < all.find("error t.yaml:13:"));
}

TEST_CASE("bad input: what Kafka needs, and what Tieline sets itself, is told with the line of the bus", "[app]")
{
    says(said_of("node: a\nbus: {kind: kafka}\n"), "error t.yaml:2: bus.servers: expected");
    const std::string all = said_of("bus: {kind: kafka, servers: a:1, properties: {acks: 1, no.such.property: x}}\n");
    says(all, "error t.yaml:1: bus.properties.acks: ");
    says(all, "no.such.property");
}

TEST_CASE("configuration: the file is the one given, else tieline.yaml here, else in /etc/tieline", "[app]")
{
    CHECK(app::configuration_file("a.yaml") == "a.yaml");
    const tests::temporary_folder folder;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    CHECK(app::configuration_file("") == "/etc/tieline/tieline.yaml");
    std::ofstream("tieline.yaml") << "node: a\n";
    CHECK(app::configuration_file("") == "tieline.yaml");
    std::filesystem::current_path(before);
}
