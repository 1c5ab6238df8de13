#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace tieline::adapters::hl7v2 {

/// A text that is appended to. Its room is kept from one use to the next, and each piece costs a comparison and a copy.
class json_text {
public:
    void clear() { size_ = 0; }
    std::string_view view() const { return {bytes_.get(), size_}; }
    char back() const { return bytes_[size_ - 1]; }
    void cut(std::size_t size) { size_ = size; }

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

    void grow(std::size_t by);
    std::unique_ptr<char[]> bytes_{};
    std::size_t size_ = 0, room_ = 0;
};

}  // namespace tieline::adapters::hl7v2
