#pragma once

#include "broker/store/store.hpp"

#include <cstring>

namespace tieline::store {

/// One change of a batch. For `put`, `second` is the value with its CRC-32C behind it; for `erase_range` the end.
struct change {
    enum class kind : char { put, erase, erase_range };
    kind what = kind::put;
    family in = family::entry;
    std::string_view first{};
    std::string_view second{};
};

/// The changes one after the other in one text, so that a batch needs no database, one allocation, and is appended to
/// another by copying bytes: kind, family, two sizes of 4 bytes, two texts.
struct batch::content {
    std::string changes{};

    void add(change::kind what, family in, std::string_view first, std::string_view second, std::string_view tail = {});
};

/// Calls `each` with every change, in order.
template <typename Each>
void for_each_change(std::string_view changes, Each each)
{
    constexpr std::size_t head = 10;
    while (!changes.empty()) {
        std::uint32_t sizes[2];
        std::memcpy(sizes, changes.data() + 2, sizeof sizes);
        const change one{.what = static_cast<change::kind>(changes[0]),
                         .in = static_cast<family>(changes[1]),
                         .first = changes.substr(head, sizes[0]),
                         .second = changes.substr(head + sizes[0], sizes[1])};
        changes.remove_prefix(head + sizes[0] + sizes[1]);
        each(one);
    }
}

}  // namespace tieline::store
