#include "adapters/hl7v2/explain.hpp"

#include "adapters/hl7v2/elements.hpp"
#include "adapters/hl7v2/leaves.hpp"
#include "adapters/hl7v2/reasons.hpp"

#include <algorithm>
#include <utility>

namespace tieline::adapters::hl7v2 {
namespace {

// A url only says what its extension is.
bool is_url(const node* of) { return of->element->name == "url" && of->parent && of->parent->type->is_extension; }

class explainer {
public:
    explainer(const conversion& of, const trace& what) : of_(of), what_(what), elements_(of), reasons_(of, what, elements_)
    {
        fills_.resize(of.read().segments().size());
        for (std::uint32_t i = 0; i < what.fills.size(); i++) {
            const auto& fill = what.fills[i];
            std::uint32_t before = none;
            for (auto read = fill.first_read; read < fill.end_read && !is_url(fill.at); read++) {
                const auto segment = what.reads[read].at.segment;
                if (segment < fills_.size() && segment != before)
                    fills_[segment].push_back(i);
                before = segment;
            }
        }
    }

    model::explanation explain(const leaf& of)
    {
        model::explanation made{.at = of_.place(of.shown)};
        const trace::fill* lost = nullptr;
        for (const auto index : fills_[of.at.segment]) {
            const auto& fill = what_.fills[index];
            if (!reads(fill, of.at))
                continue;
            auto fate = elements_.of(fill.at, fill.text);
            if (fate.element.empty())
                lost = &fill;
            else if (std::none_of(made.to.begin(), made.to.end(), [&](const auto& one) { return one.element == fate.element; }))
                made.to.push_back({.element = std::move(fate.element), .row = reasons_.row(fill.row), .through = through(fill)});
        }
        if (made.to.empty())
            made.reason = lost ? reasons_.why_lost(*lost) : reasons_.why_not(of);
        return made;
    }

private:
    bool reads(const trace::fill& fill, const origin& leaf) const
    {
        const auto first = what_.reads.begin() + fill.first_read, end = what_.reads.begin() + fill.end_read;
        return std::any_of(first, end, [&](const trace::read& one) { return covers(one, leaf); });
    }

    std::vector<std::string> through(const trace::fill& fill) const
    {
        std::vector<std::string> rows;
        for (auto call = fill.call; call != none; call = what_.calls[call].parent)
            rows.push_back(reasons_.row(what_.calls[call].row));
        std::reverse(rows.begin(), rows.end());
        if (fill.entry != none)
            rows.push_back(reasons_.row(fill.entry));
        return rows;
    }

    const conversion& of_;
    const trace& what_;
    elements elements_;
    reasons reasons_;
    std::vector<std::vector<std::uint32_t>> fills_{};  // by the segment that they read
};

}  // namespace

model::explanations explain(const conversion& of, const trace& what)
{
    model::explanations made;
    explainer by(of, what);
    for (const auto& one : leaves_of(of.read()))
        made.push_back(by.explain(one));
    return made;
}

std::vector<bool> rows_carried_out(const conversion& of, const trace& what)
{
    std::vector<bool> carried(of.maps().rows());
    const elements known(of);
    for (const auto& fill : what.fills) {
        if (known.of(fill.at, fill.text).element.empty())
            continue;
        carried[fill.row] = true;
        if (fill.entry != none)
            carried[fill.entry] = true;
        for (auto call = fill.call; call != none; call = what.calls[call].parent)
            carried[what.calls[call].row] = true;
    }
    for (const auto row : what.told)
        carried[row] = true;
    return carried;
}

}  // namespace tieline::adapters::hl7v2
