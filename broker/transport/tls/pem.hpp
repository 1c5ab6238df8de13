#pragma once

#include "broker/base/error.hpp"
#include "broker/base/time.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace tieline::transport::tls {

struct free_openssl {
    void operator()(X509* one) const { X509_free(one); }
    void operator()(EVP_PKEY* one) const { EVP_PKEY_free(one); }
    void operator()(BIO* one) const { BIO_free(one); }
};
using certificate = std::unique_ptr<X509, free_openssl>;
using private_key = std::unique_ptr<EVP_PKEY, free_openssl>;

/// OpenSSL's last error of this thread, and its queue emptied; never "no error".
error_code last_error();

/// The first certificate of a PEM file. Errors: OpenSSL's.
result<certificate> read_certificate(const std::string& file);

/// The private key of a PEM text, which must not be encrypted. Errors: OpenSSL's.
result<private_key> read_key(const std::string& pem);

/// When the certificate ends. Errors: OpenSSL's, for a date that is none.
result<instant> end_of(X509& from);

/// The subject's common name, then the DNS names of the subjectAltName; none with a NUL inside.
std::vector<std::string> names(X509& from);

}  // namespace tieline::transport::tls
