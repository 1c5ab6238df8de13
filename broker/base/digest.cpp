// SHA1_Init and its like are deprecated, but for a short name the EVP interface costs several times what the digest does.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "broker/base/digest.hpp"

#include <boost/assert.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#include <algorithm>
#include <cstring>
#include <memory>

namespace tieline {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";
constexpr auto hex_pairs = [] {
    std::array<std::array<char, 2>, 256> made{};
    for (std::size_t i = 0; i < made.size(); i++)
        made[i] = {hex_digits[i >> 4], hex_digits[i & 15]};
    return made;
}();
constexpr char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The namespace of Tieline's own ids, made once at random.
constexpr unsigned char uuid_namespace[16] = {0x5b, 0x1f, 0x3c, 0x7e, 0x0d, 0x42, 0x4a, 0x6f,
                                              0x9a, 0x11, 0x7d, 0x0e, 0x52, 0xc6, 0x38, 0x90};

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
    // A fetched algorithm is kept: looking it up at each call costs more than the digest of a short text.
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    sha256_digest made{};
    [[maybe_unused]] const bool done = EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
                                       EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                                       EVP_DigestFinal_ex(context.get(), made.data(), nullptr) == 1;
    BOOST_ASSERT(done);
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
    std::string text(base64_size(bytes.size()), '\0');
    write_base64(bytes, text.data());
    return text;
}

void write_base64(std::string_view bytes, char* to)
{
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    auto left = bytes.size();
    const auto add = [&to](std::uint32_t bits) {
        const char digits[] = {base64_digits[bits >> 18], base64_digits[bits >> 12 & 63], base64_digits[bits >> 6 & 63], base64_digits[bits & 63]};
        std::memcpy(to, digits, sizeof digits);
        to += sizeof digits;
    };
    for (; left >= 3; at += 3, left -= 3)
        add(std::uint32_t{at[0]} << 16 | std::uint32_t{at[1]} << 8 | at[2]);
    if (left) {
        add(std::uint32_t{at[0]} << 16 | (left == 2 ? std::uint32_t{at[1]} << 8 : 0));
        std::fill_n(to - (3 - left), 3 - left, '=');
    }
}

void write_uuid_v5(std::string_view name, char* to)
{
    unsigned char made[SHA_DIGEST_LENGTH];
    SHA_CTX context;
    SHA1_Init(&context);
    SHA1_Update(&context, uuid_namespace, sizeof uuid_namespace);
    SHA1_Update(&context, name.data(), name.size());
    SHA1_Final(made, &context);
    made[6] = (made[6] & 0x0f) | 0x50;
    made[8] = (made[8] & 0x3f) | 0x80;
    const unsigned char* at = made;
    for (const int bytes : {4, 2, 2, 2, 6}) {
        if (at != made)
            *to++ = '-';
        for (const auto* const end = at + bytes; at != end; at++, to += 2)
            std::memcpy(to, hex_pairs[*at].data(), 2);
    }
}

std::string uuid_v5(std::string_view name)
{
    std::string text(36, '\0');
    write_uuid_v5(name, text.data());
    return text;
}

}  // namespace tieline
