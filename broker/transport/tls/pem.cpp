#include "broker/transport/tls/pem.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

namespace tieline::transport::tls {
namespace {

// In place of OpenSSL's own, which asks on the terminal.
int no_pass_phrase(char*, int, int, void*) { return 0; }

void add_text(std::vector<std::string>& to, const ASN1_STRING* from)
{
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, from);
    if (size <= 0)
        return;
    std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
    if (name.find('\0') == std::string::npos)
        to.push_back(std::move(name));
}

}  // namespace

error_code last_error()
{
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0)
        return boost::asio::error::invalid_argument;
    if (ERR_SYSTEM_ERROR(code))  // a file is missing: the category of OpenSSL's errors has no words for it
        return {ERR_GET_REASON(code), boost::system::system_category()};
    return {static_cast<int>(code), boost::asio::error::get_ssl_category()};
}

result<certificate> read_certificate(const std::string& file)
{
    ERR_clear_error();
    const std::unique_ptr<BIO, free_openssl> from(BIO_new_file(file.c_str(), "r"));
    if (!from)
        return last_error();
    certificate first(PEM_read_bio_X509(from.get(), nullptr, no_pass_phrase, nullptr));
    if (!first)
        return last_error();
    return first;
}

result<private_key> read_key(const std::string& pem)
{
    ERR_clear_error();
    const std::unique_ptr<BIO, free_openssl> from(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    private_key key(PEM_read_bio_PrivateKey(from.get(), nullptr, no_pass_phrase, nullptr));
    if (!key)
        return last_error();
    return key;
}

result<instant> end_of(X509& from)
{
    std::tm end{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(&from), &end) != 1)
        return last_error();
    return instant(std::chrono::seconds(timegm(&end)));
}

std::vector<std::string> names(X509& from)
{
    std::vector<std::string> found;
    const X509_NAME* subject = X509_get_subject_name(&from);
    if (const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); at >= 0)
        add_text(found, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    auto* others = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&from, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(others); i++) {
        const GENERAL_NAME* other = sk_GENERAL_NAME_value(others, i);
        if (other->type == GEN_DNS)
            add_text(found, other->d.dNSName);
    }
    GENERAL_NAMES_free(others);
    return found;
}

}  // namespace tieline::transport::tls
