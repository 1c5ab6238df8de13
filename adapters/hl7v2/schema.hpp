#pragma once

#include "broker/model/issue.hpp"

#include <deque>
#include <map>
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
    std::string member{};                ///< as JSON has it: `"valueQuantity":`
    std::vector<const type*> targets{};  ///< what a Reference may refer to; empty: anything
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
    bool is_extension = false, is_coding = false, is_codeable_concept = false;
    std::deque<element> elements{};
    std::vector<const element*> required{};  ///< its own and its base's

    bool is_resource() const;
    /// The element and which of its alternatives the name means: `valueQuantity`, `birthDate`. Both null when there is none.
    std::pair<const element*, const alternative*> find(std::string_view name) const;
};

/// The elements of FHIR R4, from maps/fhir/R4.map (its form is described there).
class schema {
public:
    /// Throws std::logic_error when the embedded file is broken: that is our own fault.
    static const schema& r4();
    const type* find(std::string_view name) const;
    std::size_t size() const { return types_.size(); }

private:
    void read(std::string_view text);
    void add_element(type& to, std::string_view line);
    type& named(std::string_view name);
    std::map<std::string, type, std::less<>> types_{};
};

}  // namespace tieline::adapters::hl7v2::fhir
