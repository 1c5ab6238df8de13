#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace tieline::schemas::syntax {

/// Something that a look over the bytes shows before anything is parsed.
struct scan_fault {
    std::size_t position = 0;
    std::string_view what{};
};

/// Looks once over a JSON text for what a parser must not be given: nesting deeper than `depth` (a recursive reader, writer or
/// destructor would overflow the stack), more than `values` values and names (a document is many times as large as `[0,0,0…`), a
/// NUL outside of a string (RapidJSON takes it for the text's end, and would not see what follows), and `\u` escapes that are half
/// a surrogate pair (RapidJSON 1.1 makes bytes of them that are not UTF-8).
std::optional<scan_fault> scan(std::string_view text, std::size_t depth, std::size_t values);

}  // namespace tieline::schemas::syntax
