#pragma once

#include "broker/model/issue.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// The characters that a message says it is written with: MSH-1 and MSH-2 (HL7 v2.5.1 §2.5.4). 0: there is none.
struct separators {
    char field = '|';
    char component = '^';
    char repetition = '~';
    char escape = '\\';
    char subcomponent = '&';
    char truncation = 0;   ///< since HL7 v2.7, usually #
};

/// The most that is read of one message.
struct parse_limits {
    std::size_t bytes = 64U << 20;
    std::size_t segments = 200'000;
    std::size_t fields = 4'000'000;
};

/// What a segment's fields contain at all, so that it is not looked for in each of them.
struct contents {
    static constexpr std::uint8_t components = 1, repetitions = 2, subcomponents = 4;
    static constexpr std::uint8_t escapes = 8;  ///< or control characters
};

/// One segment of a message.
struct segment {
    std::string_view name{};      ///< three characters
    std::uint32_t first = 0;      ///< its first field in the message's list of fields
    std::uint32_t fields = 0;     ///< how many; MSH counts MSH-1 and MSH-2
    std::uint32_t occurrence = 1; ///< the how-manieth segment of this name, from 1
    std::uint8_t has = 0;         ///< of `contents`; MSH-2 does not count
};

/// The bytes without a byte order mark and line ends in front of the message; they start with `MSH` if it can be read.
std::string_view without_preamble(std::string_view bytes);

/// The separators of a message that starts with `MSH`. Errors: an issue at MSH-1 or MSH-2, false then.
bool read_separators(std::string_view bytes, separators& into, model::issues& found);

/// The nth part, from 1, of a text that `separator` divides; empty when there are fewer.
std::string_view part_of(std::string_view text, char separator, unsigned nth);

/// How many parts a text has; none when it is empty.
unsigned count_parts(std::string_view text, char separator);

/// A message split into segments and fields: views into the bytes that were read, which must outlive it. Reused from message to
/// message, so that reading allocates nothing once the lists are large enough.
class message {
public:
    /// Splits the bytes: UTF-8, starting with `MSH` or what `without_preamble` skips. Segments end with CR, CRLF or, where there
    /// is no CR at all, LF. Errors (issues): no MSH or two, unusable separators, beyond the limits; false then. Lines that are no
    /// segments are skipped with a warning.
    bool read(std::string_view bytes, model::issues& found, const parse_limits& limits = {});

    std::span<const segment> segments() const { return segments_; }
    const separators& marks() const { return marks_; }
    std::string_view bytes() const { return bytes_; }
    /// A field as it is written, with all its repetitions; empty where there is none. `number` as HL7 counts: MSH-3 is 3.
    std::string_view field(const segment& of, unsigned number) const
    {
        return number >= 1 && number <= of.fields ? fields_[of.first + number - 1] : std::string_view();
    }
    /// All fields of a segment, MSH-1 first for MSH.
    std::span<const std::string_view> fields(const segment& of) const { return {fields_.data() + of.first, of.fields}; }

private:
    bool add_line(std::string_view line, std::size_t number, model::issues& found, const parse_limits& limits);
    void add_fields(std::string_view line, segment& of);

    std::string_view bytes_{};
    separators marks_{};
    std::vector<segment> segments_{};
    std::vector<std::string_view> fields_{};
    std::vector<std::uint32_t> counts_{};   // of each possible segment name ...
    std::vector<std::uint32_t> counted_{};  // ... and which of them are not 0
    std::size_t strange_lines_ = 0;
};

}  // namespace tieline::adapters::hl7v2
