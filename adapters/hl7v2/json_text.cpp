#include "adapters/hl7v2/json_text.hpp"

#include <array>
#include <cstdint>

namespace tieline::adapters::hl7v2 {
namespace {

constexpr auto needs_escape = [] {
    std::array<bool, 256> made{};
    for (std::size_t i = 0; i < 0x20; i++)
        made[i] = true;
    made['"'] = made['\\'] = true;
    return made;
}();

// The high bit of each byte below `limit`, or equal to a byte; others may have it too above one that has. Bytes from 0x80 never alone.
constexpr std::uint64_t ones = 0x0101010101010101U, high_bits = 0x8080808080808080U;
constexpr std::uint64_t below(std::uint64_t word, unsigned char limit) { return (word - ones * limit) & ~word & high_bits; }
constexpr std::uint64_t equal(std::uint64_t word, unsigned char byte) { return below(word ^ (ones * byte), 1); }

// How many bytes at the front of a text certainly need no escape: eight at a time.
std::size_t clean_size(std::string_view text)
{
    std::size_t at = 0;
    for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        if (below(word, 0x20) | equal(word, '"') | equal(word, '\\'))
            return at;
    }
    return at;
}

void add_escape(json_text& to, unsigned char byte)
{
    switch (byte) {
    case '"': to << "\\\""; return;
    case '\\': to << "\\\\"; return;
    case '\n': to << "\\n"; return;
    case '\r': to << "\\r"; return;
    case '\t': to << "\\t"; return;
    default: to << "\\u00" << "0123456789abcdef"[byte >> 4] << "0123456789abcdef"[byte & 15];
    }
}

}  // namespace

void json_text::add_string(std::string_view text)
{
    *this << '"';
    std::size_t from = 0;
    for (std::size_t at = clean_size(text); at < text.size(); at++) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (!needs_escape[byte])
            continue;
        *this << text.substr(from, at - from);
        add_escape(*this, byte);
        from = at + 1;
    }
    *this << text.substr(from) << '"';
}

void json_text::grow(std::size_t by)
{
    const auto room = std::max({room_ * 2, size_ + by, std::size_t{16} << 10});
    auto larger = std::make_unique_for_overwrite<char[]>(room);
    if (size_)
        std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
    room_ = room;
}

void json_text::shrink(std::size_t most)
{
    size_ = 0;
    if (room_ > most) {
        bytes_.reset();
        room_ = 0;
    }
}

}  // namespace tieline::adapters::hl7v2
