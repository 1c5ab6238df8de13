#pragma once

#include "adapters/hl7v2/map_file.hpp"
#include "adapters/hl7v2/parse.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// A segment's name as a small number; 0 for names that no map speaks of.
using name_id = std::uint16_t;

/// The segment names that maps speak of.
class names {
public:
    name_id add(std::string_view name);
    name_id find(std::string_view name) const;
    std::size_t size() const { return next_; }

private:
    static std::uint32_t code(std::string_view name);
    std::vector<name_id> by_code_ = std::vector<name_id>(36 * 36 * 36);
    name_id next_ = 1;
};

constexpr std::uint16_t no_node = 0xffff;
constexpr std::uint32_t no_group = 0xffffffff;

/// A message structure as HL7 draws it: segments in groups, each once or again and again.
class structure {
public:
    struct node {
        name_id name = 0;               ///< 0: a group
        std::string_view text{};
        std::uint16_t parent = no_node, first_child = no_node, next = no_node;
        bool repeats = false;
        bool required = false;
        std::uint16_t depth = 0;
    };

    /// Node 0 is the message itself. The nodes come in the order of the lines: line i is node i + 1.
    structure() = default;
    structure(std::span<const structure_line> lines, names& known);

    const std::vector<node>& nodes() const { return nodes_; }
    /// Where a segment belongs that follows the one at `from` (0 at the start), and the group that goes on: everything between
    /// the two begins anew. `no_node` when this message has no such segment.
    struct move {
        std::uint16_t to = no_node;
        std::uint16_t within = no_node;
    };
    move follow(std::uint16_t from, name_id name) const { return moves_[from * name_count_ + name]; }
    /// The innermost group that holds both.
    std::uint16_t common(std::uint16_t left, std::uint16_t right) const;
    void prepare(std::size_t name_count);

private:
    std::uint16_t first_in(std::uint16_t group, name_id name) const;
    move search(std::uint16_t from, name_id name) const;
    std::vector<node> nodes_{node{}};
    std::vector<move> moves_{};
    std::size_t name_count_ = 0;
};

/// A message laid out on a structure: which node each segment is, and the groups that it stands in.
class layout {
public:
    struct opened_group {
        std::uint16_t node = 0;
        std::uint32_t parent = no_group;
        std::uint32_t begin = 0, end = 0;   ///< segments
    };
    struct place {
        std::uint16_t node = no_node;       ///< no_node: the structure does not know the segment
        std::uint32_t group = 0;
        name_id name = 0;
    };

    void lay(const message& of, const structure& on, const names& known);
    const std::vector<place>& places() const { return places_; }
    const std::vector<opened_group>& groups() const { return groups_; }
    /// The nearest segment of that name: in the innermost group around `segment` that has one the last up to it, else the first
    /// after it. One in another repetition of a group is none of ours. The number of segments when there is none.
    std::uint32_t nearest(std::uint32_t segment, name_id name) const;
    /// How many segments of the same name the group has before this one at the same place of the structure; 0 when the segment stands
    /// for itself.
    std::uint32_t turn(std::uint32_t segment, std::uint32_t group) const;
    /// Whether the group of a segment has one of that name, in whatever group and repetition below it.
    bool holds(std::uint32_t segment, name_id name) const;
    bool has(std::uint16_t node) const { return seen_[node]; }

private:
    std::uint32_t open(std::uint16_t node, std::uint32_t parent, std::uint32_t at);
    bool is_ours(std::uint32_t segment, std::uint32_t group) const;
    const structure* on_ = nullptr;
    std::vector<place> places_{};
    std::vector<opened_group> groups_{};
    std::vector<std::vector<std::uint32_t>> by_name_{};
    std::vector<bool> seen_{};
};

}  // namespace tieline::adapters::hl7v2
