#include "broker/base/pack.hpp"

namespace tieline {

void append_big_endian(std::string& to, std::uint64_t value)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        to += static_cast<char>(value >> shift & 0xff);
}

std::uint64_t read_big_endian(std::string_view from)
{
    if (from.size() < 8)
        return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; i++)
        value = value << 8 | static_cast<unsigned char>(from[i]);
    return value;
}

packer& packer::number(std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
    return *this;
}

packer& packer::text(std::string_view value)
{
    number(value.size());
    bytes_ += value;
    return *this;
}

std::uint64_t unpacker::number()
{
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    ok_ = false;
    rest_ = {};
    return 0;
}

std::string_view unpacker::text()
{
    const auto size = number();
    if (size > rest_.size()) {
        ok_ = false;
        rest_ = {};
        return {};
    }
    const auto value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
}

}  // namespace tieline
