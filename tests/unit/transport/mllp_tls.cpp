#include "broker/transport/mllp/client.hpp"
#include "broker/transport/mllp/mllp.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/transport/wire.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include <filesystem>

using namespace tieline;
using namespace tieline::tests;
namespace tls = transport::tls;
namespace mllp = transport::mllp;

namespace {

std::string tls_yaml(const certificates::identity& server, const std::string& more = "")
{
    return "mllp: {port: 0, tls: {certificate: " + server.certificate + ", key: {file: " + server.key_file + "}" + more + "}}";
}

struct secure_listener : running_listener {
    explicit secure_listener(const std::string& yaml) : running_listener(mllp::make_listener, yaml) { start(); }
};

/// One exchange of a fresh client.
result<std::string> exchange(std::uint16_t port, std::optional<tls::client_options> with, std::chrono::milliseconds limit = 10s)
{
    boost::asio::io_context context;
    auto made = mllp::make_client(context.get_executor(), {.host = "127.0.0.1", .port = port, .tls = std::move(with)});
    if (!made)
        return made.error();
    auto answer = boost::asio::co_spawn(context, (*made)->exchange("MSH|one", limit), boost::asio::use_future);
    context.run();
    return answer.get();
}

}  // namespace

TEST_CASE("mllp tls: a client that trusts the authority is answered", "[transport][mllp][tls]")
{
    const certificates from;
    const auto server = from.make("tie.trust.example", true);
    secure_listener at(tls_yaml(server));
    CHECK(exchange(at.listener->port(), tls::client_options{.trust = from.authority()}).value() == "ACK MSH|one");
    CHECK(exchange(at.listener->port(), tls::client_options{.trust = from.authority(), .name = "tie.trust.example"}).value() == "ACK MSH|one");
    CHECK(at.intake.came().at(0).sender == "one");
    CHECK(at.board.certificate_expiry(server.certificate).get() > now().time_since_epoch().count());
}

TEST_CASE("mllp tls: a client refuses a certificate of another authority or another name", "[transport][mllp][tls]")
{
    const certificates from;
    const certificates other;
    secure_listener at(tls_yaml(from.make("tie", true)));
    CHECK(exchange(at.listener->port(), tls::client_options{.trust = other.authority()}).error().category() ==
          boost::asio::error::get_ssl_category());
    CHECK(exchange(at.listener->port(), tls::client_options{.trust = from.authority(), .name = "elsewhere"}).has_error());
    CHECK(at.intake.came().empty());
    CHECK(eventually([&] { return at.row().last_error.get().find("TLS handshake failed") != std::string::npos; }));
}

TEST_CASE("mllp tls: a client certificate is demanded, and its name is the sender", "[transport][mllp][tls]")
{
    const certificates from;
    const certificates other;
    const auto pas = from.make("pas");
    const auto foreign = other.make("pas");
    secure_listener at(tls_yaml(from.make("tie", true), ", clients: " + from.authority()));

    CHECK(exchange(at.listener->port(), tls::client_options{.trust = from.authority()}).has_error());
    const tls::client_options wrong{.trust = from.authority(), .certificate = foreign.certificate, .key = foreign.key};
    CHECK(exchange(at.listener->port(), wrong).has_error());
    CHECK(at.intake.came().empty());

    const tls::client_options right{.trust = from.authority(), .certificate = pas.certificate, .key = pas.key};
    CHECK(exchange(at.listener->port(), right).value() == "ACK MSH|one");
    CHECK(at.intake.came().at(0).sender == "pas");
}

TEST_CASE("mllp tls: only the names that the listener allows may send", "[transport][mllp][tls]")
{
    const certificates from;
    const auto pas = from.make("pas");
    const auto lab = from.make("lab");
    secure_listener at(tls_yaml(from.make("tie", true), ", clients: " + from.authority()) + ", certificate: [PAS]");
    CHECK(exchange(at.listener->port(), tls::client_options{.trust = from.authority(), .certificate = lab.certificate, .key = lab.key}).has_error());
    CHECK(exchange(at.listener->port(), tls::client_options{.trust = from.authority(), .certificate = pas.certificate, .key = pas.key}).value() ==
          "ACK MSH|one");
    CHECK(at.intake.came().size() == 1);
}

TEST_CASE("mllp tls: a reload serves the new certificate, and keeps the old one when the new can't be read", "[transport][mllp][tls]")
{
    const certificates from;
    const certificates next;
    const auto server = from.make("tie", true);
    const auto renewed = next.make("tie", true);
    secure_listener at(tls_yaml(server));
    const auto reload = [&at] {
        error_code failed;
        at.on_thread([&] { failed = at.listener->reload(); });
        return failed;
    };

    std::filesystem::copy_file(renewed.certificate, server.certificate, std::filesystem::copy_options::overwrite_existing);
    CHECK(reload());  // the key is still the old one's
    CHECK(exchange(at.listener->port(), tls::client_options{.trust = from.authority()}).has_value());

    std::filesystem::copy_file(renewed.key_file, server.key_file, std::filesystem::copy_options::overwrite_existing);
    CHECK_FALSE(reload());
    CHECK(exchange(at.listener->port(), tls::client_options{.trust = from.authority()}).has_error());
    CHECK(exchange(at.listener->port(), tls::client_options{.trust = next.authority()}).has_value());
}

TEST_CASE("mllp tls: files that can't be used are named with their line", "[transport][mllp][tls]")
{
    const certificates from;
    const auto one = from.make("one", true);
    const auto other = from.make("other", true);
    const auto ending = from.make("ending", true, 10);
    const auto faults = [](const std::string& yaml) {
        auto section = listener_settings(yaml).transport;
        tls::read_server(section);
        model::issues found;
        section.finish(found);
        std::erase_if(found, [](const model::issue& issue) { return issue.diagnostics.find("port") != std::string::npos; });
        return found;
    };
    const auto mixed = faults(tls_yaml({.certificate = one.certificate, .key_file = other.key_file}));
    REQUIRE(mixed.size() == 1);
    CHECK(mixed[0].at == "/tmp/tieline-test.yaml:3");
    CHECK(mixed[0].diagnostics.find("not the key of the certificate") != std::string::npos);
    CHECK(model::has_error(faults(tls_yaml({.certificate = one.key_file, .key_file = one.key_file}))));
    CHECK(model::has_error(faults(tls_yaml({.certificate = one.certificate, .key_file = one.certificate}))));
    CHECK(model::has_error(faults(tls_yaml(one, ", clients: nowhere.pem"))));
    CHECK(faults(tls_yaml(one, ", clients: " + from.authority())).empty());
    const auto warned = faults(tls_yaml(ending));
    REQUIRE(warned.size() == 1);
    CHECK(warned[0].level == model::severity::warning);
}

TEST_CASE("bad input: plain MLLP and a silent peer on a TLS port are closed", "[transport][mllp][tls]")
{
    const certificates from;
    secure_listener at(tls_yaml(from.make("tie", true)));
    line plain(at.listener->port());
    plain.send("\x0BMSH|one\x1C\r");
    (void)plain.rest();  // an alert, then the end
    CHECK(eventually([&] { return at.row().connections.get() == 0; }));
    CHECK(eventually([&] { return at.row().last_error.get().find("TLS handshake failed") != std::string::npos; }));
    CHECK(at.intake.came().empty());

    line trickling(at.listener->port());  // holds nobody else up
    trickling.send("\x16\x03\x01");
    CHECK(exchange(at.listener->port(), tls::client_options{.trust = from.authority()}).has_value());
    const auto begun = std::chrono::steady_clock::now();
    CHECK(at.stop(30s));  // nor a stop
    CHECK(std::chrono::steady_clock::now() - begun < 5s);
}
