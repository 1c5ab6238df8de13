#pragma once

#include "adapters/hl7v2/program.hpp"
#include "adapters/hl7v2/tree.hpp"

#include <vector>

namespace tieline::adapters::hl7v2 {

/// Claims profiles (meta.profile) where a resource meets them, by three tables of the maps: `Profile` (a type's profile), `ProfileNeeds`
/// (what it asks for beyond R4: a path whose last element must be wherever the one before it is) and `ProfileOnce` (systems of
/// identifiers that it allows once). Without a table `Profile` nothing is claimed.
class profiles {
public:
    explicit profiles(const program& maps);

    /// The resource must be finished.
    void claim(resource& of, arena& memory) const;

private:
    struct profile {
        const table::entry* what = nullptr;              // null: none for this type
        std::vector<const fhir::element*> needs{};       // the path
        const fhir::element* identifier = nullptr;
    };
    bool repeats_number(const node* identifier) const;

    std::vector<profile> by_type_{};
    const table* once_ = nullptr;
};

}  // namespace tieline::adapters::hl7v2
