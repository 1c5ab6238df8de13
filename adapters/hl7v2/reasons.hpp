#pragma once

#include "adapters/hl7v2/elements.hpp"
#include "adapters/hl7v2/leaves.hpp"

#include <string>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// Why a value of a message stands nowhere in its Bundle, in our own words.
class reasons {
public:
    reasons(const conversion& of, const trace& what, const elements& where);

    /// Why a leaf filled nothing.
    std::string why_not(const leaf& of) const;
    /// Why what was filled does not stand in the Bundle.
    std::string why_lost(const trace::fill& of) const;
    /// A row as a person finds it: `maps/segments/PID.map:6 S|PID[Patient]|PID-5|1`.
    std::string row(std::uint32_t number) const;

private:
    struct segment_trace {
        std::vector<std::uint32_t> calls{}, skips{}, tests{}, told{};
    };

    std::string place(std::uint32_t number) const;
    std::string why_no_map(const leaf& of) const;
    std::string why_skipped(const leaf& of) const;
    std::string why_unread(const leaf& of) const;
    std::string maps_over(const leaf& of, origin& over, const hl7v2::row*& nearest) const;
    std::string decides(const leaf& of) const;

    const conversion& of_;
    const trace& what_;
    const elements& where_;
    std::vector<segment_trace> segments_{};
    std::unordered_map<const node*, std::uint32_t> last_{};  // the row that filled a node last
};

}  // namespace tieline::adapters::hl7v2
