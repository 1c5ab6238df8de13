#include "tests/support/certificates.hpp"

#include "tests/support/temporary_folder.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <random>
#include <stdexcept>

namespace tieline::tests {
namespace {

struct free_openssl {
    void operator()(X509* one) const { X509_free(one); }
    void operator()(EVP_PKEY* one) const { EVP_PKEY_free(one); }
    void operator()(BIO* one) const { BIO_free(one); }
};
using x509 = std::unique_ptr<X509, free_openssl>;
using pkey = std::unique_ptr<EVP_PKEY, free_openssl>;

void require(bool done)
{
    if (!done)
        throw std::runtime_error("OpenSSL could not make a test certificate");
}

pkey make_key() { return pkey(EVP_EC_gen("P-256")); }

void extend(X509* certificate, X509* issuer, int what, const std::string& value)
{
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
    require(extension && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

x509 make_certificate(const std::string& name, EVP_PKEY* key, int days)
{
    x509 made(X509_new());
    std::random_device random;
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), static_cast<long>(random() & 0x7fffffff));
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -86'400L * 400);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 86'400L * days);
    X509_set_pubkey(made.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()), -1, 0);
    return made;
}

std::string text(BIO* from)
{
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(from, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string pem(X509* certificate)
{
    const std::unique_ptr<BIO, free_openssl> to(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(to.get(), certificate) == 1);
    return text(to.get());
}

std::string pem(EVP_PKEY* key)
{
    const std::unique_ptr<BIO, free_openssl> to(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PrivateKey(to.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text(to.get());
}

}  // namespace

struct certificates::secrets {
    temporary_folder folder{};
    pkey key{};
    x509 authority{};
};

certificates::certificates() : own_(std::make_unique<secrets>())
{
    own_->key = make_key();
    own_->authority = make_certificate("Tieline test authority", own_->key.get(), 3650);
    X509* authority = own_->authority.get();
    X509_set_issuer_name(authority, X509_get_subject_name(authority));
    extend(authority, authority, NID_basic_constraints, "critical,CA:TRUE");
    extend(authority, authority, NID_key_usage, "critical,keyCertSign");
    extend(authority, authority, NID_subject_key_identifier, "hash");
    require(X509_sign(authority, own_->key.get(), EVP_sha256()) > 0);
    std::ofstream(this->authority()) << pem(authority);
}

certificates::~certificates() = default;

std::string certificates::authority() const { return own_->folder.path() + "/authority.pem"; }

std::string certificates::folder() const { return own_->folder.path(); }

certificates::identity certificates::make(std::string_view name, bool server, int days) const
{
    const std::string own_name(name);
    const pkey key = make_key();
    const x509 made = make_certificate(own_name, key.get(), days);
    X509* authority = own_->authority.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(authority));
    extend(made.get(), authority, NID_subject_alt_name, "DNS:" + own_name + (server ? ",DNS:localhost,IP:127.0.0.1" : ""));
    extend(made.get(), authority, NID_ext_key_usage, server ? "serverAuth" : "clientAuth");
    require(X509_sign(made.get(), own_->key.get(), EVP_sha256()) > 0);
    identity files{.certificate = folder() + '/' + own_name + ".pem",
                   .key_file = folder() + '/' + own_name + ".key",
                   .key = pem(key.get())};
    std::ofstream(files.certificate) << pem(made.get());
    std::ofstream(files.key_file) << files.key;
    return files;
}

}  // namespace tieline::tests
