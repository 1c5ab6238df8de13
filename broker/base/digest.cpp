#include "broker/base/digest.hpp"

#include <boost/assert.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#include <cstring>
#include <memory>

namespace tieline {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

// The namespace of Tieline's own ids, made once at random.
constexpr unsigned char uuid_namespace[16] = {0x5b, 0x1f, 0x3c, 0x7e, 0x0d, 0x42, 0x4a, 0x6f,
                                              0x9a, 0x11, 0x7d, 0x0e, 0x52, 0xc6, 0x38, 0x90};

// A fetched algorithm is kept: looking it up at each call costs more than the digest of a short text.
void digest(const EVP_MD* algorithm, std::string_view first, std::string_view second, unsigned char* out)
{
    thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> kept(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    auto* context = kept.get();
    [[maybe_unused]] const bool done = EVP_DigestInit_ex2(context, algorithm, nullptr) == 1 &&
                                       EVP_DigestUpdate(context, first.data(), first.size()) == 1 &&
                                       EVP_DigestUpdate(context, second.data(), second.size()) == 1 &&
                                       EVP_DigestFinal_ex(context, out, nullptr) == 1;
    BOOST_ASSERT(done);
}

const EVP_MD* sha256_algorithm()
{
    static const EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return algorithm;
}

std::uint32_t crc32c_by_table(const unsigned char* at, std::size_t size)
{
    static const auto table = [] {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t i = 0; i < 256; i++) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; bit++)
                value = value & 1 ? (value >> 1) ^ 0x82f63b78U : value >> 1;
            made[i] = value;
        }
        return made;
    }();
    std::uint32_t crc = 0xffffffffU;
    for (; size; at++, size--)
        crc = table[(crc ^ *at) & 0xff] ^ (crc >> 8);
    return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_processor(const unsigned char* at, std::size_t size)
{
    std::uint64_t crc = 0xffffffffU;
    for (; size >= 8; at += 8, size -= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        crc = _mm_crc32_u64(crc, word);
    }
    auto rest = static_cast<std::uint32_t>(crc);
    for (; size; at++, size--)
        rest = _mm_crc32_u8(rest, *at);
    return ~rest;
}
#endif

}  // namespace

sha256_digest sha256(std::string_view bytes)
{
    sha256_digest made{};
    digest(sha256_algorithm(), bytes, {}, made.data());
    return made;
}

sha256_digest hmac_sha256(std::string_view key, std::string_view bytes)
{
    sha256_digest made{};
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
         bytes.size(), made.data(), nullptr);
    return made;
}

std::uint32_t crc32c(std::string_view bytes)
{
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
#if defined(__x86_64__)
    static const bool supported = __builtin_cpu_supports("sse4.2");
    if (supported)
        return crc32c_by_processor(at, bytes.size());
#endif
    return crc32c_by_table(at, bytes.size());
}

std::string hex(const sha256_digest& digest, std::size_t bytes)
{
    std::string text;
    text.reserve(bytes * 2);
    for (std::size_t i = 0; i < bytes && i < digest.size(); i++) {
        text += hex_digits[digest[i] >> 4];
        text += hex_digits[digest[i] & 15];
    }
    return text;
}

std::string base64(std::string_view bytes)
{
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

void write_uuid_v5(std::string_view name, char* to)
{
    static const EVP_MD* sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    unsigned char made[20];
    digest(sha1, {reinterpret_cast<const char*>(uuid_namespace), 16}, name, made);
    made[6] = (made[6] & 0x0f) | 0x50;
    made[8] = (made[8] & 0x3f) | 0x80;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = hex_digits[made[i] >> 4];
        *to++ = hex_digits[made[i] & 15];
    }
}

std::string uuid_v5(std::string_view name)
{
    std::string text(36, '\0');
    write_uuid_v5(name, text.data());
    return text;
}

}  // namespace tieline
