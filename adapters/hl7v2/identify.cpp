#include "adapters/hl7v2/conversion.hpp"
#include "adapters/hl7v2/write.hpp"
#include "broker/base/digest.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

namespace tieline::adapters::hl7v2 {
namespace {

constexpr std::string_view nhs_system = "https://fhir.nhs.uk/Id/nhs-number";

// Types that have an identity of their own in their identifiers.
constexpr std::array<std::string_view, 9> with_identifier = {"Patient", "Encounter", "Practitioner", "Organization", "Location",
                                                             "ServiceRequest", "DiagnosticReport", "Specimen", "Device"};
// Types of which two that say the same are one.
constexpr std::array<std::string_view, 7> one_of_a_kind = {"Patient", "Practitioner", "PractitionerRole", "Organization",
                                                           "Location", "Specimen", "Device"};

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& list, std::string_view name)
{
    return std::find(list.begin(), list.end(), name) != list.end();
}

const node* child_named(const node* of, std::string_view name)
{
    const auto [element, as] = of->type->find(name);
    return element ? find_child(of, element) : nullptr;
}

std::string_view text_named(const node* of, std::string_view name)
{
    const auto* child = child_named(of, name);
    return child ? child->text : std::string_view();
}

// The identifier that names a resource: the first with a value, a patient's own number before the NHS number, as that comes and
// goes within one feed.
const node* naming_identifier(const resource& of)
{
    const node* nhs = nullptr;
    for (const node* item = child_named(&of.root, "identifier"); item; item = item->more) {
        if (text_named(item, "value").empty())
            continue;
        if (text_named(item, "system") != nhs_system)
            return item;
        nhs = nhs ? nhs : item;
    }
    return nhs;
}

class identifier {
public:
    identifier(std::string_view sender, std::string_view control_id) : sender_(sender), control_id_(control_id) {}

    // By identifiers and places; false for what only its content names.
    bool name(resource& one)
    {
        const auto& type = one.root.type->name;
        const node* const named = contains(with_identifier, type) ? naming_identifier(one) : nullptr;
        const bool merges = contains(one_of_a_kind, type);
        if (!named && merges)
            return false;
        key_ = type;
        named ? add_identity(*named) : add_place(one);
        set_id(one, uuid_v5(key_));
        if (named)
            settle(one, merges);
        return true;
    }

    // By content. What refers to another one as its own was made before it: call from the last to the first.
    void name_by_content(resource& one)
    {
        key_ = one.root.type->name;
        add_content(one);
        set_id(one, uuid_v5(key_));
        const auto [place, added] = known_.emplace(one.id_text(), &one);
        if (added)
            return;
        place->second->same = &one;
        move_missing(&place->second->root, &one.root);
        place->second = &one;
    }

private:
    void add(std::string_view text)
    {
        key_ += '|';
        key_ += text;
    }

    void add_identity(const node& named)
    {
        const auto system = text_named(&named, "system");
        add(system.empty() ? sender_ : system);
        add(text_named(&named, "value"));
    }

    void add_place(const resource& one)
    {
        add(sender_);
        add(control_id_);
        add(std::to_string(one.segment));
        add(std::to_string(one.order));
    }

    void add_content(const resource& one)
    {
        add(sender_);
        add(control_id_);
        key_ += '|';
        write_resource(one, key_);
    }

    static void set_id(resource& one, const std::string& id)
    {
        std::copy_n(id.data(), std::min(id.size(), sizeof one.id), one.id);
        one.identified = true;
    }

    // The same id again: the same resource, or another with the same number (two tests under one order number).
    void settle(resource& one, bool merges)
    {
        for (int next = 2;; next++) {
            const auto [place, added] = known_.emplace(one.id_text(), &one);
            if (added)
                return;
            if (merges) {
                one.same = place->second;
                move_missing(&one.root, &one.same->root);
                return;
            }
            set_id(one, uuid_v5(key_ + '|' + std::to_string(next)));
        }
    }

    std::string_view sender_, control_id_;
    std::string key_{};
    std::unordered_map<std::string_view, resource*> known_{};
};

}  // namespace

void identify(std::span<resource* const> all, std::string_view sender, std::string_view control_id)
{
    identifier make(sender, control_id);
    std::vector<resource*> unnamed;
    for (auto* one : all) {
        if (!one->dropped && one->root.type->name != "Bundle" && !make.name(*one))
            unnamed.push_back(one);
    }
    for (auto one = unnamed.rbegin(); one != unnamed.rend(); ++one)
        make.name_by_content(**one);
}

}  // namespace tieline::adapters::hl7v2
