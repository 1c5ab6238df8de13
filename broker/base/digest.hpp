#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tieline {

using sha256_digest = std::array<unsigned char, 32>;

sha256_digest sha256(std::string_view bytes);
sha256_digest hmac_sha256(std::string_view key, std::string_view bytes);

/// CRC-32C (Castagnoli, RFC 3720 §B.4) of the bytes.
std::uint32_t crc32c(std::string_view bytes);

/// Lower-case hexadecimal of the first `bytes` bytes of a digest.
std::string hex(const sha256_digest& digest, std::size_t bytes = 32);

/// Base64 with padding (RFC 4648 §4).
std::string base64(std::string_view bytes);

/// The same, written to where there is room for the characters that so many bytes take.
constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }
void write_base64(std::string_view bytes, char* to);

/// UUID version 5 (RFC 4122 §4.3) of the name in Tieline's own namespace, `8-4-4-4-12` lower case.
std::string uuid_v5(std::string_view name);

/// The same, written to where there is room for its 36 characters.
void write_uuid_v5(std::string_view name, char* to);

}  // namespace tieline
