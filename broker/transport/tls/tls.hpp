#pragma once

#include "broker/base/error.hpp"
#include "broker/base/time.hpp"
#include "broker/settings/section.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::transport::tls {

/// `tls: {certificate: FILE, key: {file: FILE}, clients: CA_FILE}` of a listener. `clients` makes a client certificate required.
struct server_options {
    std::string certificate{};  ///< PEM chain, absolute path
    std::string key{};          ///< PEM text of the private key
    std::string clients{};      ///< PEM file of the CAs whose clients may come; empty: no client certificate is asked for
};

/// `tls: {trust: CA_FILE, certificate: FILE, key: {file: FILE}, name: HOST}` of a destination; all optional.
struct client_options {
    std::string trust{};        ///< PEM file of CAs; empty: the system's
    std::string certificate{};  ///< a client certificate, with `key`
    std::string key{};
    std::string name{};         ///< the name that the server's certificate must have; empty: the host connected to
};

/// Reads the `tls` child of a section; none where it has none. Faults (a file that can't be read, no valid PEM, a key of another
/// certificate) stay with the section until its `finish`; a warning for a certificate with under 30 days left. Reads the files at
/// each call, so that a reload sees new ones.
std::optional<server_options> read_server(settings::section& from);
std::optional<client_options> read_client(settings::section& from);

/// A context for TLS 1.2 and 1.3. Errors: what OpenSSL says of the files.
result<std::shared_ptr<boost::asio::ssl::context>> make_server_context(const server_options& from);
result<std::shared_ptr<boost::asio::ssl::context>> make_client_context(const client_options& from);

/// Before a client's handshake: the server's certificate must be of this host name or address; the name is also sent as the
/// server name indication (RFC 6066 §3). Errors: OpenSSL's.
error_code expect_peer(SSL* session, const std::string& name);

/// The subject's common name and DNS names of the peer's verified certificate; empty when it sent none.
std::vector<std::string> peer_names(SSL* session);

/// When the certificate (the first of a PEM file) ends. Errors: it can't be read.
result<instant> expiry(const std::string& certificate_file);

}  // namespace tieline::transport::tls
