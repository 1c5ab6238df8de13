#include "adapters/hl7v2/structure.hpp"

#include <algorithm>

namespace tieline::adapters::hl7v2 {

std::uint32_t names::code(std::string_view name)
{
    std::uint32_t value = 0;
    if (name.size() != 3)
        return 0;
    for (const char c : name) {
        const bool letter = c >= 'A' && c <= 'Z';
        if (!letter && !(c >= '0' && c <= '9'))
            return 0;
        value = value * 36 + static_cast<std::uint32_t>(letter ? c - 'A' + 10 : c - '0');
    }
    return value;
}

name_id names::add(std::string_view name)
{
    auto& id = by_code_[code(name)];
    if (!id)
        id = next_++;
    return id;
}

name_id names::find(std::string_view name) const { return by_code_[code(name)]; }

structure::structure(std::span<const structure_line> lines, names& known)
{
    std::vector<std::uint16_t> open{0};  // the group at each depth
    std::vector<std::uint16_t> last_child(lines.size() + 1, no_node);
    for (const auto& line : lines) {
        const auto index = static_cast<std::uint16_t>(nodes_.size());
        open.resize(std::min(open.size(), line.depth + 1));
        const auto parent = open.back();
        const bool is_segment = line.name.size() == 3;
        nodes_.push_back({.name = is_segment ? known.add(line.name) : name_id{0}, .text = line.name, .parent = parent,
                          .repeats = line.repeats, .required = line.required,
                          .depth = static_cast<std::uint16_t>(nodes_[parent].depth + 1)});
        auto& link = last_child[parent] == no_node ? nodes_[parent].first_child : nodes_[last_child[parent]].next;
        link = index;
        last_child[parent] = index;
        if (!is_segment)
            open.push_back(index);
    }
}

std::uint16_t structure::common(std::uint16_t left, std::uint16_t right) const
{
    while (left != right) {
        auto& deeper = nodes_[left].depth >= nodes_[right].depth ? left : right;
        deeper = nodes_[deeper].parent;
    }
    return left;
}

void structure::prepare(std::size_t name_count)
{
    name_count_ = name_count;
    moves_.assign(nodes_.size() * name_count, {});
    std::vector<bool> there(name_count);  // the other names lead nowhere, and they are most
    for (const auto& one : nodes_)
        there[one.name] = one.name != 0;
    for (std::size_t from = 0; from < nodes_.size(); from++) {
        for (std::size_t name = 1; name < name_count; name++) {
            if (there[name])
                moves_[from * name_count + name] = search(static_cast<std::uint16_t>(from), static_cast<name_id>(name));
        }
    }
}

std::uint16_t structure::first_in(std::uint16_t group, name_id name) const
{
    for (auto child = nodes_[group].first_child; child != no_node; child = nodes_[child].next) {
        if (nodes_[child].name == name)
            return child;
        const auto below = nodes_[child].name ? no_node : first_in(child, name);
        if (below != no_node)
            return below;
    }
    return no_node;
}

// Forward from where we are, group by group outwards; a group that repeats may begin again. What comes out of order is taken
// where its group has it, as receivers of real messages have to.
structure::move structure::search(std::uint16_t from, name_id name) const
{
    auto position = from;
    for (auto group = from ? nodes_[from].parent : no_node; group != no_node; position = group, group = nodes_[group].parent) {
        for (auto child = position; child != no_node; child = nodes_[child].next) {
            if (child == position && !nodes_[child].repeats)
                continue;
            const auto found = nodes_[child].name == name ? child : nodes_[child].name ? no_node : first_in(child, name);
            if (found != no_node)
                return {.to = found, .within = group};
        }
    }
    for (auto group = from ? nodes_[from].parent : std::uint16_t{0}; group != no_node; group = nodes_[group].parent) {
        const auto found = first_in(group, name);
        if (found != no_node)
            return {.to = found, .within = group};
    }
    return {};
}

std::uint32_t layout::open(std::uint16_t node, std::uint32_t parent, std::uint32_t at)
{
    seen_[node] = true;
    groups_.push_back({.node = node, .parent = parent, .begin = at, .end = at});
    return static_cast<std::uint32_t>(groups_.size() - 1);
}

void layout::lay(const message& of, const structure& on, const names& known)
{
    const auto& nodes = on.nodes();
    on_ = &on;
    places_.clear();
    groups_.clear();
    by_name_.resize(known.size());
    for (auto& list : by_name_)
        list.clear();
    seen_.assign(nodes.size(), false);
    auto current = open(0, no_group, 0);
    std::uint16_t at = 0;
    for (const auto& segment : of.segments()) {
        const auto index = static_cast<std::uint32_t>(places_.size());
        const auto name = known.find(segment.name);
        const auto move = name ? on.follow(at, name) : structure::move{};
        if (move.to != no_node) {
            while (groups_[current].node != move.within)
                current = groups_[current].parent;
            std::uint16_t path[32];
            std::size_t depth = 0;
            for (auto node = nodes[move.to].parent; node != move.within; node = nodes[node].parent)
                path[depth++ % 32] = node;
            while (depth)
                current = open(path[--depth % 32], current, index);
            at = move.to;
            seen_[at] = true;
        }
        places_.push_back({.node = move.to, .group = current, .name = name});
        by_name_[name].push_back(index);
        for (auto group = current; group != no_group; group = groups_[group].parent)
            groups_[group].end = index + 1;
    }
}

std::uint32_t layout::nearest(std::uint32_t segment, name_id name) const
{
    const auto& list = by_name_[name];
    const auto after = std::upper_bound(list.begin(), list.end(), segment);
    for (auto group = places_[segment].group; group != no_group; group = groups_[group].parent) {
        if (after != list.begin() && is_ours(*std::prev(after), group))
            return *std::prev(after);
        if (after != list.end() && is_ours(*after, group))
            return *after;
    }
    return static_cast<std::uint32_t>(places_.size());
}

std::uint32_t layout::turn(std::uint32_t segment, std::uint32_t group) const
{
    if (group >= groups_.size())
        return 0;
    const auto& list = by_name_[places_[segment].name];
    const auto first = std::lower_bound(list.begin(), list.end(), groups_[group].begin);
    const auto end = std::lower_bound(first, list.end(), segment);
    const auto here = std::partition_point(first, end, [&](auto one) { return places_[one].node < places_[segment].node; });
    return static_cast<std::uint32_t>(end - here);
}

bool layout::holds(std::uint32_t segment, name_id name) const
{
    const auto& list = by_name_[name];
    const auto& group = groups_[places_[segment].group];
    const auto first = std::lower_bound(list.begin(), list.end(), group.begin);
    return first != list.end() && *first < group.end;
}

// Whether a segment lies in a group, and in no repeating group below it.
bool layout::is_ours(std::uint32_t segment, std::uint32_t group) const
{
    auto at = places_[segment].group;
    while (at != group && at != no_group && !on_->nodes()[groups_[at].node].repeats)
        at = groups_[at].parent;
    return at == group;
}

}  // namespace tieline::adapters::hl7v2
