#include "adapters/hl7v2/elements.hpp"

#include <span>

namespace tieline::adapters::hl7v2 {
namespace {

const resource& survivor(const resource& of) { return of.same ? survivor(*of.same) : of; }

// The first node on a way of elements that holds the text; null when there is none.
const node* search(const node* from, std::span<const node* const> way, std::string_view text)
{
    const auto* wanted = way.back();
    for (const node* item = find_child(from, wanted->element); item; item = item->more) {
        if (way.size() == 1 && item->has_text && item->text == text)
            return item;
        const auto* const below = way.size() > 1 ? search(item, way.first(way.size() - 1), text) : nullptr;
        if (below)
            return below;
    }
    return nullptr;
}

}  // namespace

elements::elements(const conversion& of)
{
    for (const auto* one : of.resources())
        roots_[&one->root] = one;
    if (of.bundle())
        add(of.bundle()->root, "Bundle");
    for (std::size_t i = 0; i < of.entries().size(); i++)
        add(of.entries()[i]->root, "Bundle.entry[" + std::to_string(i) + "].resource");
}

void elements::add(const node& below, const std::string& path)
{
    for (const node* child = below.child; child; child = child->next) {
        std::size_t index = 0;
        for (const node* item = child; item; item = item->more, index++) {
            const auto at = path + '.' + child->as->name + (child->element->many ? '[' + std::to_string(index) + ']' : "");
            if (item->has_text)
                paths_[item] = at;
            add(*item, at);
        }
    }
}

// What went as the same as something else is looked for where that stands.
elements::fate elements::of(const node* filled, std::string_view text) const
{
    const auto known = paths_.find(filled);
    if (known != paths_.end() && filled->text == text)
        return {.element = known->second, .now = filled};
    std::vector<const node*> way;
    const node* root = filled;
    for (; root->parent; root = root->parent)
        way.push_back(root);
    const auto owner = roots_.find(root);
    if (owner == roots_.end())
        return {};
    const auto& stays = survivor(*owner->second);
    const node* const twin = known == paths_.end() ? search(&stays.root, way, text) : nullptr;
    const auto there = twin ? paths_.find(twin) : paths_.end();
    if (there != paths_.end())
        return {.element = there->second, .now = twin};
    return {.now = known == paths_.end() ? nullptr : filled, .resource = stays.root.type->name, .merged = &stays != owner->second, .dropped = stays.dropped};
}

}  // namespace tieline::adapters::hl7v2
