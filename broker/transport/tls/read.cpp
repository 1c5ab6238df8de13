// The `tls:` mapping of a listener and of a destination.
#include "broker/transport/tls/pem.hpp"
#include "broker/transport/tls/tls.hpp"

#include <openssl/x509.h>

namespace tieline::transport::tls {
namespace {

using namespace std::chrono_literals;

void check_end(settings::section& in, X509& certificate)
{
    const auto end = end_of(certificate);
    if (!end)
        return in.fault("certificate", "holds no date that it ends at");
    const auto left = *end - now();
    const auto day = to_iso(*end).substr(0, 10);
    if (left <= 0s)
        in.warn("certificate", "the certificate ended on " + day + ", peers will refuse it");
    else if (left < 24h * 30)
        in.warn("certificate", "the certificate ends on " + day + ", in " + to_text(left));
}

// A certificate and its key: both there, both readable, each other's.
void check_identity(settings::section& in, const std::string& file, const std::string& key)
{
    const auto leaf = read_certificate(file);
    if (!leaf)
        in.fault("certificate", "can't be read, expected a PEM file with the certificate first, then its chain (" +
                                    leaf.error().message() + ")");
    else
        check_end(in, **leaf);
    if (key.empty()) {
        if (!in.has("key"))
            in.fault("key", "missing, expected {file: PATH} of the certificate's private key in PEM");
        return;
    }
    const auto secret = read_key(key);
    if (!secret)
        in.fault("key", "is no private key in PEM without a pass phrase");
    else if (leaf && X509_check_private_key(leaf->get(), secret->get()) != 1)
        in.fault("key", "is not the key of the certificate beside it");
}

void check_authorities(settings::section& in, std::string_view key, const std::string& file)
{
    if (file.empty())
        return;
    if (const auto first = read_certificate(file); !first)
        in.fault(key, "can't be read, expected a PEM file of certificate authorities (" + first.error().message() + ")");
}

}  // namespace

std::optional<server_options> read_server(settings::section& from)
{
    if (!from.has("tls"))
        return std::nullopt;
    auto in = from.child("tls");
    server_options read{.certificate = in.path("certificate"), .key = in.secret_text("key"), .clients = in.path("clients")};
    if (read.certificate.empty())
        in.fault("certificate", "missing, expected a PEM file");
    else
        check_identity(in, read.certificate, read.key);
    check_authorities(in, "clients", read.clients);
    return read;
}

std::optional<client_options> read_client(settings::section& from)
{
    if (!from.has("tls"))
        return std::nullopt;
    auto in = from.child("tls");
    client_options read{.trust = in.path("trust"),
                        .certificate = in.path("certificate"),
                        .key = in.secret_text("key"),
                        .name = in.text("name")};
    check_authorities(in, "trust", read.trust);
    if (!read.certificate.empty())
        check_identity(in, read.certificate, read.key);
    else if (in.has("key"))
        in.fault("certificate", "missing, expected the certificate that the key belongs to");
    return read;
}

}  // namespace tieline::transport::tls
