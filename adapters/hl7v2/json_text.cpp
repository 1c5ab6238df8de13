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

// Not 0 where one of the bytes needs an escape: the high bit of each that is below a limit, or equal to a byte; others may have it
// too above one that has. Bytes from 0x80 never alone.
template <typename Word>
constexpr Word escapes_in(Word word)
{
    constexpr Word ones = static_cast<Word>(-1) / 0xff, high_bits = ones * 0x80;
    const auto below = [](Word bytes, unsigned char limit) { return (bytes - ones * limit) & ~bytes; };
    return (below(word, 0x20) | below(word ^ ones * '"', 1) | below(word ^ ones * '\\', 1)) & high_bits;
}

// Copies a text that is a word or longer; the last word may overlap the one before it. Not 0: it needs escapes.
template <typename Word>
Word copy_words(std::string_view text, char* to)
{
    Word found = 0;
    const auto copy = [&](std::size_t at) {
        Word word = 0;
        std::memcpy(&word, text.data() + at, sizeof word);
        std::memcpy(to + at, &word, sizeof word);
        found |= escapes_in(word);
    };
    const auto last = text.size() - sizeof(Word);
    for (std::size_t at = 0; at < last; at += sizeof(Word))
        copy(at);
    copy(last);
    return found;
}

bool copy_clean(std::string_view text, char* to)
{
    if (text.size() >= sizeof(std::uint64_t))
        return !copy_words<std::uint64_t>(text, to);
    if (text.size() >= sizeof(std::uint32_t))
        return !copy_words<std::uint32_t>(text, to);
    std::copy_n(text.data(), text.size(), to);
    return std::none_of(text.begin(), text.end(), [](char c) { return needs_escape[static_cast<unsigned char>(c)]; });
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
    char* const to = room_for(text.size() + 2);
    if (!copy_clean(text, to + 1))
        return add_escaped(text);
    to[0] = to[1 + text.size()] = '"';
    size_ += text.size() + 2;
}

void json_text::add_escaped(std::string_view text)
{
    *this << '"';
    std::size_t from = 0;
    for (std::size_t at = 0; at < text.size(); at++) {
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
