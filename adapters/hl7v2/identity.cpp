#include "adapters/hl7v2/identity.hpp"

#include <algorithm>
#include <array>

namespace tieline::adapters::hl7v2 {
namespace {

constexpr std::string_view nhs_system = "https://fhir.nhs.uk/Id/nhs-number";

// What names a resource of a type that has no identifier: `what` must be there, and so must whom it is about.
struct rule {
    std::string_view type;
    std::string_view about;
    std::string_view what;
    std::array<std::string_view, 3> more{};
    bool shares_number = false;  // several stand under the number of one order
};

constexpr rule rules[] = {
    {"AllergyIntolerance", "patient", "code"},
    {"Condition", "subject", "code", {"encounter"}},
    {"Coverage", "beneficiary", "payor", {"identifier", "subscriberId"}},
    {"DiagnosticReport", "subject", "code", {"encounter", "effective"}, true},
    {"Encounter", "subject", "period"},
    {"Immunization", "patient", "vaccineCode", {"occurrence"}, true},
    {"MedicationAdministration", "subject", "medication", {"context", "effective"}, true},
    {"MedicationDispense", "subject", "medication", {"context", "whenHandedOver"}, true},
    {"MedicationRequest", "subject", "medication", {"encounter", "authoredOn"}, true},
    {"Observation", "subject", "code", {"encounter", "effective"}, true},
    {"Procedure", "subject", "code", {"encounter", "performed"}},
    {"RelatedPerson", "patient", "name"},
    {"ServiceRequest", "subject", "code", {"encounter", "occurrence"}, true},
};

const rule* find_rule(std::string_view type)
{
    const auto* const found = std::lower_bound(std::begin(rules), std::end(rules), type, [](const rule& one, auto name) { return one.type < name; });
    return found != std::end(rules) && found->type == type ? found : nullptr;
}

bool add(std::string& key, std::string_view text)
{
    key += '|';
    key += text;
    return !text.empty();
}

// All that it says, but for extensions.
bool add_texts(const node& of, std::string& key)
{
    bool added = of.has_text && add(key, of.text);
    for (const node* child = of.child; child; child = child->next) {
        for (const node* item = child->type->is_extension ? nullptr : child; item; item = item->more)
            added |= add_texts(*item, key);
    }
    return added;
}

// Codes without their displays, which come and go; a period by its start, as its end comes later. What only this message names adds
// nothing: the same would not be found again.
bool add_element(const node& of, std::string& key)
{
    if (of.to) {
        const auto& final = of.to->same ? *of.to->same : *of.to;
        return final.identified && !final.of_this_message && add(key, final.id_text());
    }
    if (const auto* const coding = child_named(of, "coding")) {
        add(key, text_named(*coding, "system"));
        return add(key, text_named(*coding, "code").empty() ? text_named(*coding, "display") : text_named(*coding, "code"));
    }
    if (of.type->name == "Period")
        return add(key, text_named(of, "start"));
    return add_texts(of, key);
}

bool add_named(const resource& of, std::string_view name, std::string& key)
{
    const auto* const found = name.empty() ? nullptr : child_named(of.root, name);
    if (found)
        return add_element(*found, key);
    key += '|';
    return false;
}

}  // namespace

const node* naming_identifier(const resource& of)
{
    if (of.root.type->name == "Coverage")
        return nullptr;
    const node* nhs = nullptr;
    for (const node* item = child_named(of.root, "identifier"); item; item = item->more) {
        if (text_named(*item, "value").empty())
            continue;
        if (text_named(*item, "system") != nhs_system)
            return item;
        nhs = nhs ? nhs : item;
    }
    return nhs;
}

void add_subject_matter(const resource& of, std::string& key)
{
    const auto* const by = find_rule(of.root.type->name);
    if (by && by->shares_number)
        add_named(of, by->what, key);
}

bool add_context(const resource& of, std::string& key)
{
    const auto* const by = find_rule(of.root.type->name);
    const auto before = key.size();
    const bool within = of.part_of && of.part_of->identified && !of.part_of->of_this_message && add(key, of.part_of->id_text());
    if (by && (within || add_named(of, by->about, key)) && add_named(of, by->what, key)) {
        for (const auto more : by->more)
            within ? false : add_named(of, more, key);
        return true;
    }
    key.resize(before);
    return false;
}

}  // namespace tieline::adapters::hl7v2
