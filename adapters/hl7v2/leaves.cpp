#include "adapters/hl7v2/leaves.hpp"

#include "adapters/hl7v2/text.hpp"

namespace tieline::adapters::hl7v2 {
namespace {

// Calls `each(part, its number, whether it is the only one)` for the parts of a text.
template <typename Each>
void split(std::string_view text, char mark, const Each& each)
{
    const bool only = !mark || text.find(mark) == std::string_view::npos;
    for (unsigned number = 1;; number++) {
        const auto end = mark ? text.find(mark) : std::string_view::npos;
        each(text.substr(0, end), static_cast<std::uint16_t>(number), only);
        if (end == std::string_view::npos || number == 0xffff)
            return;
        text.remove_prefix(end + 1);
    }
}

void add_field(std::string_view field, const separators& marks, const origin& of, std::vector<leaf>& to)
{
    split(field, marks.repetition, [&](std::string_view repeated, std::uint16_t repetition, bool) {
        split(repeated, marks.component, [&](std::string_view part, std::uint16_t component, bool only_component) {
            split(part, marks.subcomponent, [&](std::string_view text, std::uint16_t subcomponent, bool only) {
                if (trim(text).empty())
                    return;
                leaf made{.at = of, .text = text};
                made.at.repetition = repetition;
                made.at.component = component;
                made.at.subcomponent = subcomponent;
                made.shown = made.at;
                made.shown.component = only_component && only ? std::uint16_t{0} : component;
                made.shown.subcomponent = only ? std::uint16_t{0} : subcomponent;
                to.push_back(made);
            });
        });
    });
}

}  // namespace

std::vector<leaf> leaves_of(const message& of)
{
    std::vector<leaf> made;
    const auto segments = of.segments();
    for (std::size_t segment = 0; segment < segments.size(); segment++) {
        const auto fields = of.fields(segments[segment]);
        const bool is_header = segments[segment].name == "MSH";
        for (std::size_t field = is_header ? 2 : 0; field < fields.size(); field++)
            add_field(fields[field], of.marks(), {.segment = static_cast<std::uint32_t>(segment), .field = static_cast<std::uint16_t>(field + 1)}, made);
    }
    return made;
}

bool covers(const trace::read& what, const origin& leaf)
{
    const auto is = [&](std::uint16_t wanted, std::uint16_t has) { return wanted ? wanted == has : what.all || has == 1; };
    const auto& at = what.at;
    return at.segment == leaf.segment && at.field == leaf.field && (!at.repetition || at.repetition == leaf.repetition) &&
           is(at.component, leaf.component) && is(at.subcomponent, leaf.subcomponent);
}

bool holds(const origin& place, const origin& leaf)
{
    const auto is = [](std::uint16_t wanted, std::uint16_t has) { return !wanted || wanted == has; };
    return place.segment == leaf.segment && is(place.field, leaf.field) && is(place.repetition, leaf.repetition) &&
           is(place.component, leaf.component) && is(place.subcomponent, leaf.subcomponent);
}

}  // namespace tieline::adapters::hl7v2
