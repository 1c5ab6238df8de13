#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tieline {

/// Position of an entry in the journal: starts at 1, grows by 1, never reused; 0 is "before the first".
struct offset {
    std::uint64_t value{};
    friend auto operator<=>(const offset&, const offset&) = default;
};

/// The Tieline id of a message, `<node>.<offset>`; also the CloudEvents id of its records.
std::string tieline_id(std::string_view node, offset at);

/// The offset in a Tieline id of this node; none if `id` is not one.
std::optional<offset> offset_of(std::string_view id, std::string_view node);

}  // namespace tieline
