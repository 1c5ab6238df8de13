#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace tieline {

/// Appends the value as 8 bytes, big endian, so that keys sort as numbers do.
void append_big_endian(std::string& to, std::uint64_t value);

/// The first 8 bytes as a big endian number; 0 if there are fewer.
std::uint64_t read_big_endian(std::string_view from);

/// Writes values one after the other in a compact form: numbers as varints, texts with their length before them.
class packer {
public:
    /// `bytes` is how many will come, about: room for them is made at once.
    explicit packer(std::size_t bytes = 0) { bytes_.reserve(bytes); }
    packer& number(std::uint64_t value);
    packer& text(std::string_view value);
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

/// Reads what a packer wrote, in the same order. After a read beyond the end or of a broken form `ok()` is false and all
/// further values are empty.
class unpacker {
public:
    explicit unpacker(std::string_view bytes) : rest_(bytes) {}
    std::uint64_t number();
    std::string_view text();
    bool ok() const { return ok_; }
    bool done() const { return rest_.empty(); }

private:
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace tieline
