#include "broker/store/upgrade.hpp"

#include <zstd.h>

namespace tieline::store {
namespace {

constexpr std::size_t batch_bytes = 4U << 20;
constexpr unsigned long long most_expanded = 256ULL << 20;

// What a Bundle was in format 1: a frame of zstd.
std::optional<std::string> expand_frame(std::string_view frame)
{
    const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > most_expanded)
        return std::nullopt;
    std::string made(static_cast<std::size_t>(size), '\0');
    if (ZSTD_decompress(made.data(), made.size(), frame.data(), frame.size()) != size)
        return std::nullopt;
    return made;
}

// Some Bundles from `next` on; leaves the key behind them, empty at the end.
error_code recompress_some(store& in, std::string& next)
{
    batch changes;
    bool more = false;
    const auto each = [&](std::string_view key, std::string_view value) {
        more = changes.bytes() >= batch_bytes;
        if (more) {
            next = key;
            return false;
        }
        if (const auto bundle = expand_frame(value))
            changes.put(family::bundle, key, compress(*bundle));
        return true;
    };
    const std::string from = next;
    if (const auto error = in.scan(family::bundle, from, {}, each))
        return error;
    if (!more)
        next.clear();
    return changes.empty() ? error_code() : in.commit(std::move(changes), durability::buffered);
}

}  // namespace

error_code upgrade(store& in, std::uint64_t from_format)
{
    if (from_format != 1)
        return {};
    std::string next;
    do {
        if (const auto error = recompress_some(in, next))
            return error;
    } while (!next.empty());
    return {};
}

}  // namespace tieline::store
