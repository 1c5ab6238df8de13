#pragma once

#include "adapters/hl7v2/json_text.hpp"
#include "broker/model/issue.hpp"

#include <deque>
#include <map>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::adapters::hl7v2::fhir {

/// How a FHIR primitive is checked and written; `complex` is no primitive.
enum class primitive { complex, text, markdown, code, id, uri, boolean, decimal, integer, positive, natural, date, date_time, instant, time, base64, xhtml };

struct type;

/// One of the types that an element may have.
struct alternative {
    const type* of = nullptr;
    std::string name{};                  ///< in JSON: `valueQuantity` for `value[x]`
    short_text member{};                 ///< as JSON has it behind others: `,"valueQuantity":`
    std::vector<const type*> targets{};  ///< what a Reference may refer to; empty: anything
};

/// An element and which of its alternatives is meant. Both null: none.
struct slot {
    const struct element* element = nullptr;
    const alternative* as = nullptr;
};

/// An element of a type: `Patient.contact`.
struct element {
    std::string name{};
    bool many = false;
    bool required = false;
    std::vector<alternative> alternatives{};
    std::vector<std::string> codes{};    ///< the only codes that are allowed; empty: any
};

/// A resource type, a data type, a backbone element (`Patient.contact`) or a primitive.
struct type {
    std::string name{};
    std::size_t number = 0;                  ///< types are numbered from 0, without gaps
    const type* base = nullptr;
    primitive kind = primitive::complex;
    bool is_bare = false;                    ///< in JSON without quotes
    bool is_extension = false, is_coding = false, is_codeable_concept = false, is_period = false;
    std::deque<element> elements{};
    std::vector<const element*> required{};  ///< its own and its base's

    bool is_resource() const;
    /// The element and which of its alternatives the name means: `valueQuantity`, `birthDate`. Both null when there is none.
    slot find(std::string_view name) const;
    /// The element of a name without its type: `value`, `birthDate`. Null when there is none.
    const element* find_element(std::string_view name) const;
};

/// The elements of FHIR R4, from maps/fhir/R4.map (its form is described there).
class schema {
public:
    /// Throws std::logic_error when the embedded file is broken: that is our own fault.
    static const schema& r4();
    const type* find(std::string_view name) const;
    std::size_t size() const { return types_.size(); }
    auto all() const { return types_ | std::views::values; }

private:
    void read(std::string_view text);
    void add_element(type& to, std::string_view line);
    type& named(std::string_view name);
    std::map<std::string, type, std::less<>> types_{};
};

/// Elements that are filled and read without a row that names them, found once.
struct known_elements {
    slot coding;                            ///< of CodeableConcept
    slot system, code, version, display;    ///< of Coding
    slot url, value_string, value_code;     ///< of Extension
    slot meta, profile;                     ///< of Resource and of Meta
    slot identifier_system, identifier_value, period_start;
};
const known_elements& known();

}  // namespace tieline::adapters::hl7v2::fhir
