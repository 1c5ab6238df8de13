#pragma once

#include <rapidjson/document.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::schemas::syntax {

/// What is wrong with a JSON text: where (from 1, columns in bytes) and what, in our own words, never the text itself.
struct fault {
    std::size_t line = 0;
    std::size_t column = 0;
    std::string what{};
};

/// Bounds of what is read, each checked before memory or stack is spent on what lies beyond it.
struct limits {
    std::size_t bytes = 64U << 20;
    std::size_t depth = 128;  ///< nested objects and arrays
    std::size_t values = 2'000'000;  ///< values and names: each costs a document up to 48 bytes, however short its text
};

/// Reads one JSON value (RFC 8259) into `into`. Beyond what RapidJSON refuses, refused are: bytes that are not UTF-8, lone
/// surrogates in `\u` escapes, a member named twice in one object, bytes after the value, and what exceeds the limits. Numbers
/// are read as RapidJSON reads them: who passes a text on passes its bytes on, so that a decimal keeps its digits.
/// Shape: `into` is empty after a fault.
std::optional<fault> read_json(std::string_view text, rapidjson::Document& into, const limits& within = {});

}  // namespace tieline::schemas::syntax
