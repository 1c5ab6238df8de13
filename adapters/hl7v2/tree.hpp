#pragma once

#include "adapters/hl7v2/arena.hpp"
#include "adapters/hl7v2/program.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// Where in the message something was said. Segment as the parser counts, from 0; 0 below means all of it.
struct origin {
    std::uint32_t segment = 0xffffffff;   ///< 0xffffffff: nowhere, a constant
    std::uint16_t field = 0;
    std::uint16_t repetition = 0;
    std::uint16_t component = 0;
    std::uint16_t subcomponent = 0;
    bool known() const { return segment != 0xffffffff; }
};

struct resource;

/// An element of a resource that is being made. Lives in the arena.
struct node {
    const fhir::element* element = nullptr;  ///< null: the resource itself
    const fhir::alternative* as = nullptr;
    const fhir::type* type = nullptr;
    std::string_view text{};                 ///< a primitive's value, ready but for JSON's escapes
    bool has_text = false;
    bool is_bytes = false;                   ///< the text is bytes that are still to be written as base64
    bool deleted = false;                    ///< the sender said `""`: there is none (HL7 v2.5.1 §2.5.3)
    node* child = nullptr;                   ///< the first of its elements; of a primitive: its extensions
    node* last_child = nullptr;
    node* next = nullptr;                    ///< the next element of its parent
    node* parent = nullptr;
    node* more = nullptr;                    ///< the next item of a repeating element
    node* last_item = nullptr;               ///< in the first item
    node* found_item = nullptr;              ///< in the first item: the one that was asked for last
    resource* to = nullptr;                  ///< what a reference refers to
    bool owns = false;                       ///< that resource was made for this reference
    std::uint64_t key = 0;                   ///< of an item: segment and repetition, the order in which items come ...
    std::uint32_t label = 0;                 ///< ... and its label
    std::uint32_t row = 0;                   ///< the row that filled it, and from where
    origin from{};
};

/// A resource of the Bundle that is being made. Lives in the arena.
struct resource {
    node root{};
    std::uint32_t segment = 0;    ///< that it was first made for
    std::uint32_t order = 0;      ///< among those made for the segment
    resource* same = nullptr;     ///< another one that it became a part of
    bool dropped = false;         ///< it says nothing
    bool identified = false;
    bool of_this_message = false;  ///< its id names it in this message alone
    resource* part_of = nullptr;   ///< the report that it is a result of
    char id[36]{};
    std::string_view id_text() const { return {id, sizeof id}; }
};

/// The element `what` of `parent` as the step says, made when it is not there. `key` is that of a repeating element's item.
node* reach(node* parent, const step& what, std::uint64_t key, arena& memory);

/// The element that is no item, made when it is not there.
node* reach(node* parent, const fhir::slot& what, arena& memory);

/// The child that holds an element, and the text of its first item; null and empty when there is none.
inline node* find_child(const node* parent, const fhir::element* element)
{
    if (parent->last_child && parent->last_child->element == element)  // most often the one that was just made
        return parent->last_child;
    node* child = parent->child;
    while (child && child->element != element)
        child = child->next;
    return child;
}
std::string_view text_of(const node& parent, const fhir::element* element);

/// Takes the child that holds an element away, when it is there.
void remove_child(node* parent, const fhir::element* element);

/// A new child, or item, with a text that is ready.
node* add_text(node* parent, const fhir::slot& what, std::string_view text, arena& memory);

/// Adds a profile to a resource's meta.
void add_profile(node& root, std::string_view url, arena& memory);

/// Whether something of it comes from the message: constants and references to others alone say nothing. What references own must
/// have been decided (`dropped`) before.
bool says_something(const node* from);

/// Takes away what says nothing, the second of equal codings and references to dropped resources; adds what FHIR requires and
/// nobody said, declared absent.
void finish(node* from, arena& memory);

/// What a resource that is thrown away says and the one that stays does not.
void move_missing(node* from, node* to);

}  // namespace tieline::adapters::hl7v2
