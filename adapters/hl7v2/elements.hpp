#pragma once

#include "adapters/hl7v2/conversion.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// Where the elements that a conversion filled stand in the Bundle as it is written: after what says nothing went and what is the
/// same became one.
class elements {
public:
    explicit elements(const conversion& of);

    /// What became of a text that was put into a node.
    struct fate {
        std::string element{};         ///< where it stands, as FHIRPath; empty: nowhere
        const node* now = nullptr;     ///< the node that holds it
        std::string_view resource{};   ///< nowhere: the type of the resource in which it would be ...
        bool merged = false;           ///< ... which became one with another that says the same or has the same identifier
        bool dropped = false;          ///< ... or says nothing
    };
    fate of(const node* filled, std::string_view text) const;

private:
    void add(const node& below, const std::string& path);

    std::unordered_map<const node*, std::string> paths_{};
    std::unordered_map<const node*, const resource*> roots_{};
};

}  // namespace tieline::adapters::hl7v2
