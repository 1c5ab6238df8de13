#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace tieline::adapters::hl7v2 {

/// A text of a few characters, with room behind it, so that it is copied without a look at its size.
struct short_text {
    char bytes[48]{};
    std::size_t size = 0;

    short_text() = default;
    /// Errors: throws std::length_error beyond 48 characters.
    explicit short_text(std::string_view text) : size(text.size())
    {
        if (text.size() > sizeof bytes)
            throw std::length_error("a text is too long for short_text");
        std::copy_n(text.data(), text.size(), bytes);
    }
};

/// A text that is appended to. Its room is kept from one use to the next, and each piece costs a comparison and a copy.
class json_text {
public:
    void clear() { size_ = 0; }
    std::string_view view() const { return {bytes_.get(), size_}; }
    std::size_t size() const { return size_; }
    void cut(std::size_t size) { size_ = size; }
    void replace(std::size_t at, char by) { bytes_[at] = by; }

    json_text& operator<<(std::string_view piece)
    {
        std::memcpy(room_for(piece.size()), piece.data(), piece.size());
        size_ += piece.size();
        return *this;
    }

    json_text& operator<<(char one)
    {
        *room_for(1) = one;
        size_++;
        return *this;
    }

    json_text& operator<<(const short_text& piece)
    {
        std::memcpy(room_for(sizeof piece.bytes), piece.bytes, sizeof piece.bytes);
        size_ += piece.size;
        return *this;
    }

    /// Room for a piece that the caller writes.
    char* add(std::size_t size)
    {
        char* const at = room_for(size);
        size_ += size;
        return at;
    }

    /// A JSON string: in quotes, with the escapes that it needs.
    void add_string(std::string_view text);

    /// Forgets the text, and its room where that has grown beyond `most` bytes.
    void shrink(std::size_t most);

private:
    char* room_for(std::size_t size)
    {
        if (room_ - size_ < size)
            grow(size);
        return bytes_.get() + size_;
    }

    void add_escaped(std::string_view text);
    [[gnu::noinline]] void grow(std::size_t by);
    std::unique_ptr<char[]> bytes_{};
    std::size_t size_ = 0, room_ = 0;
};

}  // namespace tieline::adapters::hl7v2
