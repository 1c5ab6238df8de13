#pragma once

#include "adapters/hl7v2/program.hpp"
#include "adapters/hl7v2/tree.hpp"

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
    bool repeats_number(const node& root) const;

    const table* profile_ = nullptr;
    const table* needs_ = nullptr;
    const table* once_ = nullptr;
};

}  // namespace tieline::adapters::hl7v2
