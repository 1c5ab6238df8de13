#include "adapters/hl7v2/schema.hpp"

#include "adapters/hl7v2/maps.hpp"

#include <array>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace tieline::adapters::hl7v2::fhir {
namespace {

constexpr std::array<std::pair<std::string_view, primitive>, 20> primitives = {{
    {"string", primitive::text}, {"markdown", primitive::markdown}, {"code", primitive::code}, {"id", primitive::id},
    {"uri", primitive::uri}, {"url", primitive::uri}, {"canonical", primitive::uri}, {"oid", primitive::uri}, {"uuid", primitive::uri},
    {"boolean", primitive::boolean}, {"decimal", primitive::decimal}, {"integer", primitive::integer},
    {"positiveInt", primitive::positive}, {"unsignedInt", primitive::natural}, {"date", primitive::date},
    {"dateTime", primitive::date_time}, {"instant", primitive::instant}, {"time", primitive::time},
    {"base64Binary", primitive::base64}, {"xhtml", primitive::xhtml},
}};

std::string_view take_word(std::string_view& line, char end = ' ')
{
    const auto start = line.find_first_not_of(end);
    line = start == std::string_view::npos ? std::string_view() : line.substr(start);
    const auto word = line.substr(0, line.find(end));
    line.remove_prefix(std::min(line.size(), word.size() + 1));
    return word;
}

std::string upper_first(std::string_view text)
{
    std::string made(text);
    made[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(made[0])));
    return made;
}

}  // namespace

bool type::is_resource() const
{
    return name == "Resource" || (base && base->is_resource());
}

slot type::find(std::string_view wanted) const
{
    for (const auto& one : elements) {
        for (const auto& as : one.alternatives) {
            if (as.name == wanted)
                return {&one, &as};
        }
    }
    return base ? base->find(wanted) : slot{};
}

const element* type::find_element(std::string_view wanted) const
{
    for (const auto& one : elements) {
        if (one.name == wanted)
            return &one;
    }
    return base ? base->find_element(wanted) : nullptr;
}

const known_elements& known()
{
    static const known_elements all = [] {
        const auto slot_of = [](std::string_view type, std::string_view name) { return schema::r4().find(type)->find(name); };
        return known_elements{
            .coding = slot_of("CodeableConcept", "coding"),
            .system = slot_of("Coding", "system"), .code = slot_of("Coding", "code"),
            .version = slot_of("Coding", "version"), .display = slot_of("Coding", "display"),
            .url = slot_of("Extension", "url"), .value_string = slot_of("Extension", "valueString"),
            .value_code = slot_of("Extension", "valueCode"),
            .meta = slot_of("Resource", "meta"), .profile = slot_of("Meta", "profile"),
            .identifier_system = slot_of("Identifier", "system"), .identifier_value = slot_of("Identifier", "value"),
            .period_start = slot_of("Period", "start")};
    }();
    return all;
}

const schema& schema::r4()
{
    static const schema made = [] {
        schema one;
        for (const auto& file : embedded_hl7v2_maps()) {
            if (file.name == "maps/fhir/R4.map")
                one.read(file.content);
        }
        if (one.types_.empty())
            throw std::logic_error("maps/fhir/R4.map is not in the program");
        return one;
    }();
    return made;
}

const type* schema::find(std::string_view name) const
{
    const auto found = types_.find(name);
    return found == types_.end() ? nullptr : &found->second;
}

type& schema::named(std::string_view name)
{
    auto found = types_.find(name);
    if (found == types_.end()) {
        found = types_.emplace(std::string(name), type{.name = std::string(name), .number = types_.size()}).first;
        found->second.is_extension = name == "Extension";
        found->second.is_coding = name == "Coding";
        found->second.is_codeable_concept = name == "CodeableConcept";
        found->second.is_period = name == "Period";
        for (const auto& [primitive_name, kind] : primitives) {
            if (primitive_name == name) {
                found->second.kind = kind;
                found->second.is_bare = kind == primitive::boolean || kind == primitive::decimal || kind == primitive::integer ||
                                        kind == primitive::positive || kind == primitive::natural;
                found->second.base = &named("Element");
            }
        }
    }
    return found->second;
}

void schema::read(std::string_view text)
{
    type* current = nullptr;
    while (!text.empty()) {
        auto line = take_word(text, '\n');
        if (line.starts_with("type ")) {
            take_word(line);
            current = &named(take_word(line));
            const auto base = take_word(line);
            current->base = base == "-" ? nullptr : &named(base);
        } else if (line.starts_with(' ') && current) {
            add_element(*current, line);
        }
    }
    for (auto& [name, one] : types_) {
        for (const type* from = &one; from; from = from->base) {
            for (const auto& element : from->elements) {
                if (element.required)
                    one.required.push_back(&element);
            }
        }
    }
}

void schema::add_element(type& to, std::string_view line)
{
    element made;
    made.name = take_word(line);
    const auto often = take_word(line);
    made.many = often == "*" || often == "+";
    made.required = often == "1" || often == "+";
    const bool choice = made.name.ends_with("[x]");
    if (choice)
        made.name.resize(made.name.size() - 3);
    for (auto word = take_word(line); !word.empty() && word != "="; word = take_word(line)) {
        auto targets = word;
        const auto name = take_word(targets, '(');
        alternative as{.of = &named(name), .name = choice ? made.name + upper_first(name) : made.name};
        as.member = short_text(",\"" + as.name + "\":");
        if (targets.ends_with(')'))
            targets.remove_suffix(1);
        while (!targets.empty())
            as.targets.push_back(&named(take_word(targets, '|')));
        made.alternatives.push_back(std::move(as));
    }
    for (auto word = take_word(line); !word.empty(); word = take_word(line))
        made.codes.emplace_back(word);
    to.elements.push_back(std::move(made));
}

}  // namespace tieline::adapters::hl7v2::fhir
