#include "adapters/hl7v2/profiles.hpp"

namespace tieline::adapters::hl7v2 {
namespace {

// Whether the path's last element is wherever the one before it is.
bool has(const node& of, std::string_view path)
{
    const auto dot = path.find('.');
    const auto* const child = child_named(of, path.substr(0, dot));
    if (dot == std::string_view::npos)
        return child != nullptr;
    for (const node* item = child; item; item = item->more) {
        if (!has(*item, path.substr(dot + 1)))
            return false;
    }
    return true;
}

}  // namespace

profiles::profiles(const program& maps)
    : profile_(maps.find_table("Profile")), needs_(maps.find_table("ProfileNeeds")), once_(maps.find_table("ProfileOnce"))
{
}

void profiles::claim(resource& of, arena& memory) const
{
    const auto* const profile = profile_ ? profile_->find(of.root.type->name) : nullptr;
    const auto* const needs = profile && needs_ ? needs_->find(of.root.type->name) : nullptr;
    if (!profile || (needs && !has(of.root, needs->to)) || repeats_number(of.root))
        return;
    add_profile(of.root, profile->to, memory);
}

bool profiles::repeats_number(const node& root) const
{
    for (const node* item = once_ ? child_named(root, "identifier") : nullptr; item; item = item->more) {
        const auto system = text_named(*item, "system");
        for (const node* other = once_->find(system) ? item->more : nullptr; other; other = other->more) {
            if (text_named(*other, "system") == system)
                return true;
        }
    }
    return false;
}

}  // namespace tieline::adapters::hl7v2
