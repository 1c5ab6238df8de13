#include "broker/settings/compare.hpp"

#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace tieline;

namespace {

// As the rooms read them: the secrets and files below a kind are known once its keys were asked for.
settings::configuration read(const std::string& yaml, const std::string& folder = "/tmp")
{
    model::issues found;
    auto given = settings::parse(yaml, folder + "/tieline.yaml", found);
    for (auto& one : given.listeners) {
        one.transport.secret("token");
        auto tls = one.transport.child("tls");
        tls.path("certificate");
    }
    for (auto& one : given.destinations) {
        auto tls = one.options.child("tls");
        tls.path("trust");
    }
    return given;
}

settings::listener listener(const std::string& yaml, const std::string& folder = "/tmp")
{
    return read("listeners: {one: {adapter: hl7v2, " + yaml + "}}\n", folder).listeners.at(0);
}

settings::destination destination(const std::string& yaml, const std::string& folder = "/tmp")
{
    return read("destinations: {lab: {" + yaml + "}}\n", folder).destinations.at(0);
}

void write(const std::string& file, const std::string& text) { std::ofstream(file) << text; }

std::string refused(const std::string& running, const std::string& given)
{
    model::issues found;
    settings::check_reloadable(read(running), read(given), found);
    std::string text;
    for (const auto& one : found)
        text += one.at.substr(one.at.rfind('/') + 1) + " " + one.diagnostics.substr(0, one.diagnostics.find(',')) + "\n";
    return text;
}

}  // namespace

TEST_CASE("settings compare: a listener stays when its port and who may come are the same", "[settings]")
{
    const auto before = listener("mllp: {port: 2575, max_frame: 1MiB}, from: [10.0.0.0/8]");
    CHECK(settings::same_way_in(before, listener("from: [10.0.0.0/8], accept: {type: [ADT]}, mode: original, mllp: {port: 2575, max_frame: 1MiB}")));
    CHECK_FALSE(settings::same_way_in(before, listener("mllp: {port: 2576, max_frame: 1MiB}, from: [10.0.0.0/8]")));
    CHECK_FALSE(settings::same_way_in(before, listener("mllp: {port: 2575, max_frame: 2MiB}, from: [10.0.0.0/8]")));
    CHECK_FALSE(settings::same_way_in(before, listener("mllp: {port: 2575, max_frame: 1MiB}, from: [10.0.0.0/9]")));
    CHECK_FALSE(settings::same_way_in(before, listener("http: {port: 2575, max_frame: 1MiB}, from: [10.0.0.0/8]")));
}

TEST_CASE("settings compare: a listener stays with a new certificate, not with a new token or without TLS", "[settings]")
{
    const tests::temporary_folder folder;
    write(folder.path() + "/token", "a secret");
    write(folder.path() + "/server.pem", "one");
    const std::string yaml = "http: {port: 1, token: {file: token}, tls: {certificate: server.pem}}";
    const auto before = listener(yaml, folder.path());
    write(folder.path() + "/server.pem", "two");
    CHECK(settings::same_way_in(before, listener(yaml, folder.path())));
    CHECK_FALSE(settings::same_way_in(before, listener("http: {port: 1, token: {file: token}}", folder.path())));
    write(folder.path() + "/token", "another secret");
    CHECK_FALSE(settings::same_way_in(before, listener(yaml, folder.path())));
}

TEST_CASE("settings compare: a destination is the same with the same values, secrets and files", "[settings]")
{
    const tests::temporary_folder folder;
    write(folder.path() + "/ca.pem", "one");
    const std::string yaml = "mllp: {host: lab, port: 1, tls: {trust: ca.pem}}, retry: {first: 2s}";
    const auto before = destination(yaml, folder.path());
    CHECK(settings::same(before, destination(yaml, folder.path())));
    CHECK_FALSE(settings::same(before, destination(yaml + ", timeout: 3s", folder.path())));
    CHECK_FALSE(settings::same(before, destination(yaml + ", set: {MSH-5: LAB}", folder.path())));
    CHECK_FALSE(settings::same(before, destination("mllp: {host: lab, port: 2, tls: {trust: ca.pem}}, retry: {first: 2s}", folder.path())));
    write(folder.path() + "/ca.pem", "two");
    CHECK_FALSE(settings::same(before, destination(yaml, folder.path())));
}

TEST_CASE("bad input: a reload that changes what needs a restart names each key with its line", "[settings]")
{
    const std::string running = "node: one\ndata: /tmp/one\nbus: {kind: embedded}\nops: {port: 1}\nsite_key: {env: PATH}\n";
    CHECK(refused(running, running).empty());
    CHECK(refused(running, "node: two\ndata: /tmp/two\nbus: {kind: embedded, partitions: 7}\nops: {port: 2}\nretention: {disk_reserve: 1GiB}\nsite_key: {env: HOME}\n")
          == "tieline.yaml:1 node: can't change while Tieline runs\n"
             "tieline.yaml:2 data: can't change while Tieline runs\n"
             "tieline.yaml:6 site_key: can't change while Tieline runs\n"
             "tieline.yaml:3 bus: can't change while Tieline runs\n"
             "tieline.yaml:4 ops: can't change while Tieline runs\n"
             "tieline.yaml:5 retention: can't change while Tieline runs\n");
}
