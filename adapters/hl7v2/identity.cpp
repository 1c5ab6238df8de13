#include "adapters/hl7v2/identity.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace tieline::adapters::hl7v2 {
namespace {

constexpr std::string_view nhs_system = "https://fhir.nhs.uk/Id/nhs-number";

// What names a resource of a type that has no identifier: `what` must be there, and so must whom it is about.
struct named_rule {
    std::string_view type;
    std::string_view about;
    std::string_view what;
    std::array<std::string_view, 3> more{};
    bool shares_number = false;  // several stand under the number of one order
};

constexpr named_rule named_rules[] = {
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

// A rule with the elements of its type, null where it names none. Of a type without a rule only `identifier` is there.
struct rule {
    const fhir::element* identifier = nullptr;
    const fhir::element* about = nullptr;
    const fhir::element* what = nullptr;
    std::array<const fhir::element*, 3> more{};
    bool shares_number = false;
    naming by{};
};

// Types of which two that say the same are one.
constexpr std::string_view one_of_a_kind[] = {"Patient", "Practitioner", "PractitionerRole", "Organization", "Location", "Specimen", "Device"};

std::vector<rule> make_rules()
{
    std::vector<rule> made(fhir::schema::r4().size());
    for (const auto& type : fhir::schema::r4().all()) {
        auto& one = made[type.number];
        one.identifier = type.name == "Coverage" ? nullptr : type.find_element("identifier");
        one.by = {.one_of_a_kind = std::find(std::begin(one_of_a_kind), std::end(one_of_a_kind), type.name) != std::end(one_of_a_kind),
                  .is_patient = type.name == "Patient", .is_specimen = type.name == "Specimen",
                  .is_order = type.name == "ServiceRequest" || type.name == "DiagnosticReport",
                  .is_report = type.name == "DiagnosticReport", .is_relative = type.name == "RelatedPerson"};
    }
    for (const auto& by : named_rules) {
        const auto& type = *fhir::schema::r4().find(by.type);
        auto& one = made[type.number];
        one.about = type.find_element(by.about);
        one.what = type.find_element(by.what);
        one.shares_number = by.shares_number;
        for (std::size_t i = 0; i < by.more.size(); i++)
            one.more[i] = type.find_element(by.more[i]);
    }
    return made;
}

const rule& rule_of(const fhir::type& of)
{
    static const auto rules = make_rules();
    return rules[of.number];
}

const rule& rule_of(const resource& of) { return rule_of(*of.root.type); }

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
    const auto& known = fhir::known();
    if (const auto* const coding = find_child(&of, known.coding.element)) {
        const auto code = text_of(*coding, known.code.element);
        add(key, text_of(*coding, known.system.element));
        return add(key, code.empty() ? text_of(*coding, known.display.element) : code);
    }
    if (of.type->is_period)
        return add(key, text_of(of, known.period_start.element));
    return add_texts(of, key);
}

bool add_child(const resource& of, const fhir::element* element, std::string& key)
{
    const auto* const found = element ? find_child(&of.root, element) : nullptr;
    if (found)
        return add_element(*found, key);
    key += '|';
    return false;
}

}  // namespace

const naming& naming_of(const fhir::type& of) { return rule_of(of).by; }

const node* naming_identifier(const resource& of)
{
    const auto* const identifier = rule_of(of).identifier;
    const node* nhs = nullptr;
    for (const node* item = identifier ? find_child(&of.root, identifier) : nullptr; item; item = item->more) {
        if (text_of(*item, fhir::known().identifier_value.element).empty())
            continue;
        if (text_of(*item, fhir::known().identifier_system.element) != nhs_system)
            return item;
        nhs = nhs ? nhs : item;
    }
    return nhs;
}

void add_subject_matter(const resource& of, std::string& key)
{
    const auto& by = rule_of(of);
    if (by.shares_number)
        add_child(of, by.what, key);
}

bool add_context(const resource& of, std::string& key)
{
    const auto& by = rule_of(of);
    const auto before = key.size();
    const bool within = of.part_of && of.part_of->identified && !of.part_of->of_this_message && add(key, of.part_of->id_text());
    if (by.what && (within || add_child(of, by.about, key)) && add_child(of, by.what, key)) {
        for (const auto* const more : by.more)
            within ? false : add_child(of, more, key);
        return true;
    }
    key.resize(before);
    return false;
}

}  // namespace tieline::adapters::hl7v2
