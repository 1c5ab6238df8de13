#include "broker/transport/http/http.hpp"

#include "tests/support/certificates.hpp"
#include "tests/unit/transport/wire.hpp"

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

#include <memory>

using namespace tieline;
using namespace tieline::tests;
using transport::reply;

namespace {

/// A TLS client that says itself which bytes go into one packet.
class packets {
public:
    explicit packets(std::uint16_t port) : wire_(port)
    {
        SSL_set_bio(session_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));  // the session owns them
        SSL_set_connect_state(session_.get());
    }
    /// Up to the last packet of the handshake, which is not sent yet.
    void shake_hands()
    {
        while (SSL_do_handshake(session_.get()) != 1) {
            flush();
            take(1);
        }
    }
    void write(std::string_view text) { SSL_write(session_.get(), text.data(), static_cast<int>(text.size())); }
    void flush()
    {
        auto* out = SSL_get_wbio(session_.get());
        std::string bytes(BIO_ctrl_pending(out), '\0');
        BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
        wire_.send(bytes);
    }
    /// What came, up to this text; what came at all when it does not come within ten seconds.
    std::string read_to(std::string_view end)
    {
        std::string text;
        char part[1024];
        while (text.find(end) == std::string::npos) {
            const int size = SSL_read(session_.get(), part, sizeof part);
            if (size > 0)
                text.append(part, static_cast<std::size_t>(size));
            else if (!take(1))
                break;
        }
        return text;
    }

private:
    bool take(std::size_t size)
    {
        const auto bytes = wire_.receive(size);
        BIO_write(SSL_get_rbio(session_.get()), bytes.data(), static_cast<int>(bytes.size()));
        return !bytes.empty();
    }

    line wire_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> session_{SSL_new(context_.get()), SSL_free};
};

struct secure_listener : running_listener {
    explicit secure_listener(const certificates::identity& server)
        : running_listener(transport::http::make_listener,
                           "http: {port: 0, tls: {certificate: " + server.certificate + ", key: {file: " + server.key_file + "}}}")
    {
        intake.answer = [](const model::received& message) {
            return reply{.what = reply::kind::stored, .bytes = '<' + message.request + '>', .http_status = 200};
        };
        start();
    }
};

std::string post(const std::string& type)
{
    return "POST /fhir/" + type + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: 2\r\n\r\n{}";
}

}  // namespace

TEST_CASE("http tls: a request in the packet that ends the handshake is answered", "[transport][http][tls]")
{
    const certificates from;
    secure_listener with(from.make("tie", true));
    packets client(with.listener->port());
    client.shake_hands();
    client.write(post("Patient"));
    client.flush();
    CHECK(client.read_to("<POST Patient>").find("200 OK") != std::string::npos);
}

TEST_CASE("http tls: requests in one packet are answered one after the other", "[transport][http][tls]")
{
    const certificates from;
    secure_listener with(from.make("tie", true));
    packets client(with.listener->port());
    client.shake_hands();
    client.flush();
    client.write(post("Patient"));
    client.write(post("Encounter"));
    client.flush();
    const auto said = client.read_to("<POST Encounter>");
    CHECK(said.find("<POST Patient>") < said.find("<POST Encounter>"));
    CHECK(said.find("<POST Encounter>") != std::string::npos);
}
