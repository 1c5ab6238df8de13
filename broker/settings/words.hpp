#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::settings {

/// `1000`, `512KiB`, `16MiB`, `2GiB` in bytes; none when it is something else or does not fit.
std::optional<std::uint64_t> to_size(std::string_view text);

/// `250ms`, `30s`, `5m`, `12h`, `7d`, `0`; none when it is something else or more than ten years.
std::optional<std::chrono::milliseconds> to_duration(std::string_view text);

/// A size as a person would write it.
std::string size_text(std::uint64_t bytes);

/// The word that was probably meant by a mistyped one; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// `a, b, c`.
std::string joined(const std::vector<std::string>& words);

}  // namespace tieline::settings
