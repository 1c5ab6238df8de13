#include "adapters/hl7v2/conversion.hpp"

#include <unordered_map>

// References between groups of a message: a result to the one that it was derived from, an order to its parent (OBR-26, OBR-29).

namespace tieline::adapters::hl7v2 {

std::string_view conversion::key_of(const message_map& on, std::uint16_t variable, std::span<const piece> pieces, std::uint32_t segment)
{
    auto over = frame_of(segment);
    const auto text = compose(pieces, over);
    return text.empty() ? text : memory_.copy(std::string(on.variables[variable].name) + ' ' + std::string(text));
}

// Keys cost something, so they are put together only where somebody asks. Of two resources with the same key the first counts.
void conversion::run_links(const message_map& on)
{
    if (links_.empty())
        return;
    std::unordered_map<std::string_view, resource*> known;
    for (const auto& one : keyed_)
        known.try_emplace(key_of(on, one.by->into, one.by->key, one.segment), one.what);
    const auto side = [&](resource* given, std::uint16_t variable, std::span<const piece> at, std::uint32_t segment) -> resource* {
        if (at.empty())
            return given;
        const auto key = key_of(on, variable, at, segment);
        const auto found = key.empty() ? known.end() : known.find(key);
        return found == known.end() ? nullptr : found->second;
    };
    for (const auto& one : links_) {
        auto* const in = side(one.in, one.by->in, one.by->in_at, one.segment);
        auto* const to = side(one.to, one.by->to, one.by->to_at, one.segment);
        if (in && to && in != to)
            walk(&in->root, one.by->path, {.segment = one.segment, .repetition = 1})->to = to;
    }
}

}  // namespace tieline::adapters::hl7v2
