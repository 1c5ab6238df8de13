#include "broker/transport/tls/tls.hpp"

#include "broker/transport/tls/pem.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace tieline::transport::tls {
namespace {

namespace asio = boost::asio;
using asio::ssl::context;

// Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else anyway.
constexpr char tls12_ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr unsigned char session_context[] = "tieline";

error_code set_common(context& made)
{
    SSL_CTX* native = made.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // an idle session keeps no 32 KiB of buffers
    if (SSL_CTX_set_cipher_list(native, tls12_ciphers) != 1)
        return last_error();
    // An encrypted key would make OpenSSL ask on the terminal: an empty pass phrase fails instead.
    error_code failed;
    made.set_password_callback([](std::size_t, context::password_purpose) { return std::string(); }, failed);
    return failed;
}

error_code set_identity(context& made, const std::string& certificate, const std::string& key)
{
    error_code failed;
    made.use_certificate_chain_file(certificate, failed);
    if (!failed)
        made.use_private_key(asio::buffer(key), context::pem, failed);
    return failed;
}

error_code require_clients(context& made, const std::string& authorities)
{
    error_code failed;
    made.load_verify_file(authorities, failed);
    if (!failed)
        made.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert, failed);
    if (failed)
        return failed;
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(authorities.c_str());
    if (!names)
        return last_error();
    SSL_CTX_set_client_CA_list(made.native_handle(), names);  // takes it
    return {};
}

error_code set_trust(context& made, const std::string& authorities)
{
    error_code failed;
    if (authorities.empty())
        made.set_default_verify_paths(failed);
    else
        made.load_verify_file(authorities, failed);
    if (!failed)
        made.set_verify_mode(asio::ssl::verify_peer, failed);
    return failed;
}

}  // namespace

result<std::shared_ptr<context>> make_server_context(const server_options& from)
{
    auto made = std::make_shared<context>(context::tls_server);
    SSL_CTX* native = made->native_handle();
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);  // tickets do it without memory of ours
    SSL_CTX_set_session_id_context(native, session_context, sizeof session_context - 1);
    error_code failed = set_common(*made);
    if (!failed)
        failed = set_identity(*made, from.certificate, from.key);
    if (!failed && !from.clients.empty())
        failed = require_clients(*made, from.clients);
    if (failed)
        return failed;
    return made;
}

result<std::shared_ptr<context>> make_client_context(const client_options& from)
{
    auto made = std::make_shared<context>(context::tls_client);
    error_code failed = set_common(*made);
    if (!failed)
        failed = set_trust(*made, from.trust);
    if (!failed && !from.certificate.empty())
        failed = set_identity(*made, from.certificate, from.key);
    if (failed)
        return failed;
    return made;
}

error_code expect_peer(SSL* session, const std::string& name)
{
    error_code no_address;
    asio::ip::make_address(name, no_address);
    X509_VERIFY_PARAM* expected = SSL_get0_param(session);
    if (!no_address)  // RFC 6066 §3: no server name indication for addresses
        return X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) == 1 ? error_code() : last_error();
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size()) != 1 ||
        SSL_set_tlsext_host_name(session, name.c_str()) != 1)
        return last_error();
    return {};
}

std::vector<std::string> peer_names(SSL* session)
{
    const certificate peer(SSL_get1_peer_certificate(session));
    if (!peer || SSL_get_verify_result(session) != X509_V_OK)
        return {};
    return names(*peer);
}

result<instant> expiry(const std::string& certificate_file)
{
    const auto first = read_certificate(certificate_file);
    if (!first)
        return first.error();
    return end_of(**first);
}

}  // namespace tieline::transport::tls
