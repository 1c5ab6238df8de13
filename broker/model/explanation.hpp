#pragma once

#include <string>
#include <vector>

namespace tieline::model {

/// An element of the Bundle that a value of the message filled.
struct filled_element {
    std::string element{};               ///< FHIRPath of names and indexes: `Bundle.entry[2].resource.name[0].family`
    std::string row{};                   ///< of the mapping that filled it: `maps/datatypes/XPN.map:3` and the guide's row ids
    std::vector<std::string> through{};  ///< the rows that led to that one, outermost first, and the table's entry
};

/// What became of a value of the message: the elements it filled or, when there are none, the reason.
struct explanation {
    std::string at{};                    ///< `PID-3[2].4.1`
    std::vector<filled_element> to{};
    std::string reason{};                ///< our own words; never received text
};

using explanations = std::vector<explanation>;

/// As a JSON array of `{"at", "to": [{"element", "row", "through"?}]}` and `{"at", "reason"}`.
std::string to_json(const explanations& all);

}  // namespace tieline::model
