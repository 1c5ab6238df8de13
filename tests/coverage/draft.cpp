#include "draft.hpp"

#include <algorithm>

namespace coverage {
namespace {

bool compares(std::size_t left, condition::compare how, std::size_t right)
{
    switch (how) {
    case condition::compare::equal: return left == right;
    case condition::compare::less: return left < right;
    case condition::compare::less_equal: return left <= right;
    case condition::compare::greater: return left > right;
    case condition::compare::greater_equal: break;
    }
    return left >= right;
}

spot leaf(spot at)
{
    at.component = std::max<std::uint16_t>(at.component, 1);
    at.subcomponent = std::max<std::uint16_t>(at.subcomponent, 1);
    return at;
}

std::string filled(std::string_view pattern)
{
    std::string made;
    for (const char c : pattern)
        made += c == '#' ? '1' : c;
    return made;
}

std::uint16_t depth_of(const structure& of, std::uint16_t one, std::uint16_t other) { return of.nodes()[of.common(one, other)].depth; }

}  // namespace

bool spot::holds(const spot& other) const
{
    const auto is = [](std::uint16_t wanted, std::uint16_t has) { return !wanted || wanted == has; };
    return node == other.node && is(field, other.field) && is(component, other.component) && is(subcomponent, other.subcomponent);
}

std::optional<spot> draft::find(const frame& in, const source& from) const
{
    if (from.own && in.of_segment)
        return spot{in.at.node, from.field, from.component, from.subcomponent};
    if (from.own) {
        auto at = in.at;
        if (!from.field)
            return at;
        if (!at.component)
            at.component = from.field, at.subcomponent = from.component;
        else if (!at.subcomponent)
            at.subcomponent = from.field;
        return at;
    }
    std::optional<spot> found;
    const auto& nodes = on_.layout.nodes();
    for (std::uint16_t node = 1; node < nodes.size(); node++) {
        if (nodes[node].name != from.segment)
            continue;
        if (!found || depth_of(on_.layout, node, in.at.node) > depth_of(on_.layout, found->node, in.at.node))
            found = spot{node, from.field, from.component, from.subcomponent};
    }
    return found;
}

bool draft::says(const spot& at) const
{
    return std::any_of(values_.begin(), values_.end(), [&](const auto& one) { return at.holds(one.first); });
}

std::string draft::first(const spot& at) const
{
    const auto found = values_.find(leaf(at));
    return found == values_.end() ? std::string() : found->second;
}

void draft::put(spot at, const std::string& text)
{
    used_.insert(at.node);
    if (at.field)
        values_.emplace(leaf(at), text);
}

void draft::meet(const demand& one)
{
    if (one.what->what == condition::kind::mapped) {
        if (one.wanted && one.in.codes && !one.in.codes->exact.empty())
            put(one.in.at, std::string(one.in.codes->exact.front().from));
        return;
    }
    const auto at = find(one.in, one.what->from);
    if (at)
        meet_value(one, *at);
}

void draft::meet_value(const demand& one, const spot& at)
{
    const auto& what = *one.what;
    switch (what.what) {
    case condition::kind::valued: (one.wanted ? needed_ : absent_).push_back(at); return;
    case condition::kind::equals:
    case condition::kind::one_of:
        if (one.wanted)
            put(at, one.value);
        return;
    case condition::kind::like:
        if (one.wanted)
            put(at, filled(what.values.front()));
        return;
    case condition::kind::in_table:
        if (one.wanted && !what.codes->exact.empty())
            put(at, std::string(what.codes->exact.front().from));
        return;
    case condition::kind::number: put(at, one.wanted ? "7" : "Ax"); return;
    case condition::kind::nhs_number:
        if (one.wanted)
            put(at, "9434765919");
        return;
    case condition::kind::same: {
        const auto other = find(one.in, what.other);
        put(at, "Ax");
        if (other)
            put(*other, one.wanted ? "Ax" : "Bx");
        return;
    }
    case condition::kind::count:
        for (unsigned count = 1; count < 10; count++) {
            if (compares(count, what.with, what.number) == one.wanted) {
                repeats_[{at.node, at.field, 0, 0}] = count;
                return needed_.push_back({at.node, at.field, 0, 0});
            }
        }
        return;
    case condition::kind::length:
        for (const std::string text : {"20240102", "20240102030405", "202401", "2024", "2", "20240102030405.1234+0000"}) {
            if (compares(text.size(), what.with, what.number) == one.wanted)
                return put(at, text);
        }
        return;
    default: return;
    }
}

bool draft::close()
{
    for (const auto& at : needed_) {
        if (!at.field)
            used_.insert(at.node);
        else if (!says(at))
            put(at, "Ax");
    }
    return std::none_of(absent_.begin(), absent_.end(), [&](const spot& at) { return at.field ? says(at) : used_.contains(at.node); });
}

// What must be there, and what opens the groups of what is used.
std::set<std::uint16_t> draft::nodes() const
{
    auto all = used_;
    const auto& nodes = on_.layout.nodes();
    for (std::uint16_t node = 1; node < nodes.size(); node++) {
        if (nodes[node].required && nodes[node].name && nodes[node].parent == 0)
            all.insert(node);
    }
    for (const auto node : std::set(all)) {
        for (std::uint16_t before = 1; before < node; before++) {  // of two of a name the first comes first
            if (nodes[before].name == nodes[node].name && nodes[before].parent == nodes[node].parent)
                all.insert(before);
        }
        for (auto group = nodes[node].parent; group != 0 && group != no_node; group = nodes[group].parent) {
            if (const auto head = nodes[group].first_child; nodes[head].name)
                all.insert(head);
        }
    }
    for (const auto& at : absent_) {
        if (!at.field)
            all.erase(at.node);
    }
    return all;
}

std::string draft::fields(std::uint16_t node, std::map<unsigned, std::string> made) const
{
    std::map<unsigned, std::map<unsigned, std::map<unsigned, std::string>>> parts;
    for (const auto& [at, text] : values_) {
        if (at.node == node)
            parts[at.field][at.component][at.subcomponent] = text;
    }
    for (const auto& [field, components] : parts) {
        std::string written;
        for (unsigned component = 1; component <= components.rbegin()->first; component++) {
            written += component > 1 ? "^" : "";
            const auto found = components.find(component);
            for (unsigned sub = 1; found != components.end() && sub <= found->second.rbegin()->first; sub++)
                (written += sub > 1 ? "&" : "") += found->second.contains(sub) ? found->second.at(sub) : "";
        }
        const auto repeated = repeats_.find({node, static_cast<std::uint16_t>(field), 0, 0});
        made[field] = written;
        for (unsigned count = 1; repeated != repeats_.end() && count < repeated->second; count++)
            made[field] += '~' + written;
    }
    std::string line;
    for (unsigned field = 1; !made.empty() && field <= made.rbegin()->first; field++)
        (line += '|') += made.contains(field) ? made.at(field) : "";
    return line;
}

std::string draft::segment(std::uint16_t node) const
{
    const spot number{node, 1, 0, 0};
    const bool numbered = std::none_of(absent_.begin(), absent_.end(), [&](const spot& at) { return at.holds(number); });
    return std::string(on_.layout.nodes()[node].text) + fields(node, numbered && !says({node, 0, 0, 0}) ? std::map<unsigned, std::string>{{1, "1"}} : std::map<unsigned, std::string>{}) + '\r';
}

std::string draft::header(std::string event) const
{
    std::map<unsigned, std::string> made{{3, "APP"}, {4, "FAC"}, {5, "TO"}, {6, "THERE"}, {7, "20240102030405"}, {10, "C1"}, {11, "P"}, {12, "2.5.1"}};
    constexpr std::uint16_t node = 1;
    for (const auto& at : absent_) {
        if (at.node == node)
            made.erase(at.field);
    }
    made[1] = made[2] = "";
    made[9] = event;
    if (on_.name != "*")
        (made[9] += '^') += on_.name;
    auto line = fields(node, made);
    return "MSH|^~\\&" + line.substr(2) + '\r';  // the first two are the separators themselves
}

std::string draft::write(const std::map<const message_map*, std::vector<std::string>>& events) const
{
    const auto known = events.find(&on_);
    std::vector<std::string> all = known == events.end() ? std::vector<std::string>{"ZZZ^Z99"} : known->second;
    const auto wanted = first({1, 9, 2, 0}), type = first({1, 9, 1, 0});
    const auto fits = [&](const std::string& event) {
        return (wanted.empty() || event.ends_with('^' + wanted)) && (type.empty() || event.starts_with(type + '^'));
    };
    if (known == events.end() && !wanted.empty())
        all = {(type.empty() ? "ZZZ" : type) + '^' + wanted};
    const auto event = std::find_if(all.begin(), all.end(), fits);
    if (event == all.end())
        return {};
    auto copy = *this;
    std::erase_if(copy.values_, [](const auto& one) { return one.first.node == 1 && one.first.field == 9; });
    auto made = copy.header(*event);
    for (const auto node : nodes()) {
        if (node != 1)
            made += copy.segment(node);
    }
    return made;
}

}  // namespace coverage
