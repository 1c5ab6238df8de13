#include "adapters/hl7v2/reasons.hpp"

#include "adapters/hl7v2/text.hpp"

#include <algorithm>

namespace tieline::adapters::hl7v2 {
namespace {

// How deep a place is: 1 a field or one of its repetitions, 2 a component, 3 a subcomponent; 0 the segment.
int depth(const origin& at) { return at.subcomponent ? 3 : at.component ? 2 : at.field ? 1 : 0; }

// `PID-13`, `XPN.7`, `XAD.1.2`: a leaf as the rows of a map over `given` would name it.
std::string name_in(const map& of, const origin& given, const origin& leaf)
{
    const auto own = std::string(of.name.substr(0, of.name.find('[')));
    if (of.of_segment)
        return own + '-' + std::to_string(leaf.field);
    const auto below = given.component ? leaf.subcomponent : leaf.component;
    return own + '.' + std::to_string(below) + (!given.component && leaf.subcomponent > 1 ? '.' + std::to_string(leaf.subcomponent) : "");
}

// The row of a map that reads the field or component in which a leaf stands, but not the leaf; null when there is none.
const row* row_beside(const map& of, const origin& given, const origin& leaf)
{
    const auto field = of.of_segment ? leaf.field : given.component ? leaf.subcomponent : leaf.component;
    const auto found = std::find_if(of.rows.begin(), of.rows.end(), [&](const row& one) {
        return one.what != row::action::tell && !one.constant && one.field == field && one.field;
    });
    return found == of.rows.end() ? nullptr : &*found;
}

}  // namespace

reasons::reasons(const conversion& of, const trace& what, const elements& where) : of_(of), what_(what), where_(where)
{
    segments_.resize(of.read().segments().size());
    const auto index = [&](const auto& list, auto segment_trace::*into, const auto& segment_of) {
        for (std::uint32_t i = 0; i < list.size(); i++) {
            if (segment_of(list[i]) < segments_.size())
                (segments_[segment_of(list[i])].*into).push_back(i);
        }
    };
    index(what.calls, &segment_trace::calls, [](const trace::call& one) { return one.given.segment; });
    index(what.skips, &segment_trace::skips, [](const trace::skip& one) { return one.would.at.segment; });
    index(what.tests, &segment_trace::tests, [](const trace::test& one) { return one.at.at.segment; });
    index(what.told_of, &segment_trace::told, [](const trace::read& one) { return one.at.segment; });
    for (const auto& fill : what.fills)
        last_[fill.at] = fill.row;
}

std::string reasons::place(std::uint32_t number) const
{
    const auto& at = of_.maps().note(number).at;
    return std::string(at.file) + ':' + std::to_string(at.line);
}

std::string reasons::row(std::uint32_t number) const
{
    const auto ids = of_.maps().note(number).ids;
    return place(number) + (ids.empty() ? "" : ' ' + std::string(ids));
}

std::string reasons::why_lost(const trace::fill& of) const
{
    const auto fate = where_.of(of.at, of.text);
    if (fate.now)
        return place(last_.at(of.at)) + " fills the same element later";
    if (fate.dropped)
        return "the " + std::string(fate.resource) + " that " + place(of.row) + " fills says nothing else and is left out";
    if (fate.merged)
        return "the " + std::string(fate.resource) + " that " + place(of.row) + " fills is one with another of the message, which says something else there";
    return "what " + place(of.row) + " fills is taken by a later row for another type of value, or stands there already";
}

std::string reasons::why_not(const leaf& of) const
{
    if (trim(of.text) == "\"\"")
        return "it says that there is no value (\"\")";
    const auto& known = segments_[of.at.segment];
    for (const auto index : known.told) {
        if (covers(what_.told_of[index], of.at))
            return place(what_.told[index]) + " only tells about it, among the issues";
    }
    if (std::none_of(known.calls.begin(), known.calls.end(), [&](auto index) { return what_.calls[index].of; }))
        return why_no_map(of) + decides(of);
    auto skipped = why_skipped(of);
    return (skipped.empty() ? why_unread(of) : std::move(skipped)) + decides(of);
}

std::string reasons::why_no_map(const leaf& of) const
{
    const auto& segment = of_.read().segments()[of.at.segment];
    const auto& at = of_.laid_out().places()[of.at.segment];
    for (const auto index : segments_[of.at.segment].skips) {
        const auto& skip = what_.skips[index];
        if (!skip.what)
            return "the condition of " + place(skip.row) + " does not hold: " + std::string(of_.maps().note(skip.row).condition);
    }
    const auto structure = of_.structure() ? std::string(of_.structure()->name) : std::string();
    if (segment.name.starts_with('Z'))
        return "a Z-segment that no map speaks of";
    if (at.node == no_node)
        return "the structure of message " + structure + " has no segment " + std::string(segment.name);
    return "message " + structure + " has no row for segment " + std::string(segment.name);
}

// The rows that would have read the leaf but did not: the deepest, as the others would only have led there.
std::string reasons::why_skipped(const leaf& of) const
{
    const trace::skip* found = nullptr;
    for (const auto index : segments_[of.at.segment].skips) {
        const auto& skip = what_.skips[index];
        if (skip.what && covers(skip.would, of.at) && (!found || depth(skip.would.at) >= depth(found->would.at)))
            found = &skip;
    }
    if (!found)
        return {};
    if (found->codes)
        return "the table " + std::string(found->codes->name) + " does not have the code (" + place(found->row) + ')';
    return "the condition of " + place(found->row) + " does not hold: " + std::string(of_.maps().note(found->row).condition);
}

// The maps that ran over the smallest part that holds the leaf, and the nearest of their rows.
std::string reasons::maps_over(const leaf& of, origin& over, const hl7v2::row*& nearest) const
{
    std::string names, named;
    for (const auto index : segments_[of.at.segment].calls) {
        const auto& call = what_.calls[index];
        if (!call.of || !holds(call.given, of.at) || depth(call.given) < depth(over))
            continue;
        if (depth(call.given) > depth(over))
            names.clear(), nearest = nullptr;
        over = call.given;
        if (names.find(call.of->name) == std::string::npos)
            (names += names.empty() ? "" : " or ") += call.of->name;
        named = name_in(*call.of, call.given, of.at);
        nearest = nearest ? nearest : row_beside(*call.of, call.given, of.at);
    }
    return names.empty() ? names : names + " names " + named;
}

std::string reasons::why_unread(const leaf& of) const
{
    origin over{};
    const hl7v2::row* nearest = nullptr;
    const auto maps = maps_over(of, over, nearest);
    if (!nearest)
        return "no row of " + maps;
    const auto at = place(nearest->number);
    if (of.at.repetition > 1 && !nearest->spreads && !over.field)
        return at + " takes the first repetition only";
    if (of.at.component > 1 && !over.component)
        return at + " takes another component only";
    if (of.at.subcomponent > 1)
        return at + " takes the first subcomponent only";
    return at + " makes nothing of it";
}

// What nothing takes may still decide whether other rows apply.
std::string reasons::decides(const leaf& of) const
{
    for (const auto index : segments_[of.at.segment].tests) {
        const auto& test = what_.tests[index];
        if (covers(test.at, of.at) && (!test.at.all || depth(test.at.at) > 1))
            return "; it decides whether " + place(test.row) + " applies";
    }
    return {};
}

}  // namespace tieline::adapters::hl7v2
