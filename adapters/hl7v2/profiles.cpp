#include "adapters/hl7v2/profiles.hpp"

#include <span>

namespace tieline::adapters::hl7v2 {
namespace {

// The elements of a path, as far as the type has them.
std::vector<const fhir::element*> elements_of(const fhir::type* type, std::string_view path)
{
    std::vector<const fhir::element*> made;
    while (type && !path.empty()) {
        const auto name = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        made.push_back(type->find_element(name));
        type = made.back() ? made.back()->alternatives.front().of : nullptr;
    }
    return made;
}

// Whether the path's last element is wherever the one before it is.
bool has(const node& of, std::span<const fhir::element* const> path)
{
    const auto* const child = path.front() ? find_child(&of, path.front()) : nullptr;
    if (path.size() == 1)
        return child != nullptr;
    for (const node* item = child; item; item = item->more) {
        if (!has(*item, path.subspan(1)))
            return false;
    }
    return true;
}

}  // namespace

profiles::profiles(const program& maps) : by_type_(fhir::schema::r4().size()), once_(maps.find_table("ProfileOnce"))
{
    const auto* const claimed = maps.find_table("Profile");
    const auto* const needs = maps.find_table("ProfileNeeds");
    for (const auto& type : fhir::schema::r4().all()) {
        auto& one = by_type_[type.number];
        one.what = claimed ? claimed->find(type.name) : nullptr;
        one.identifier = type.find_element("identifier");
        if (const auto* const path = one.what && needs ? needs->find(type.name) : nullptr)
            one.needs = elements_of(&type, path->to);
    }
}

void profiles::claim(resource& of, arena& memory) const
{
    const auto& one = by_type_[of.root.type->number];
    if (!one.what || (!one.needs.empty() && !has(of.root, one.needs)))
        return;
    if (!repeats_number(one.identifier ? find_child(&of.root, one.identifier) : nullptr))
        add_profile(of.root, one.what->to, memory);
}

bool profiles::repeats_number(const node* identifier) const
{
    const auto* const element = fhir::known().identifier_system.element;
    for (const node* item = once_ ? identifier : nullptr; item && item->more; item = item->more) {
        const auto system = text_of(*item, element);
        for (const node* other = once_->find(system) ? item->more : nullptr; other; other = other->more) {
            if (text_of(*other, element) == system)
                return true;
        }
    }
    return false;
}

}  // namespace tieline::adapters::hl7v2
