#include "adapters/hl7v2/tree.hpp"

#include "adapters/hl7v2/v2_tables.hpp"

#include <algorithm>

namespace tieline::adapters::hl7v2 {
namespace {

constexpr std::string_view absent_url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
constexpr std::string_view absent_system = "http://terminology.hl7.org/CodeSystem/data-absent-reason";

node* make_node(const fhir::slot& what, arena& memory)
{
    node* made = memory.make<node>();
    made->element = what.element;
    made->as = what.as;
    made->type = what.as->of;
    return made;
}

void append_child(node* parent, node* child)
{
    (parent->last_child ? parent->last_child->next : parent->child) = child;
    parent->last_child = child;
    child->last_item = child;
    child->parent = parent;
}

node* add_item(node* first, const step& what, std::uint64_t key, arena& memory)
{
    node* item = make_node({what.element, what.as}, memory);
    item->key = key;
    item->label = what.label;
    item->parent = first->parent;
    first->last_item->more = item;
    first->last_item = item;
    return item;
}

node* find_item(node* first, const step& what, std::uint64_t key)
{
    // Items come in order and are asked for in order, so that a list of 20,000 is not searched 20,000 times.
    if (key > first->last_item->key && first->key <= first->last_item->key)
        return nullptr;
    const auto is_it = [&](const node* item) { return item->key == key && item->label == what.label; };
    node* const start = first->found_item ? first->found_item : first;
    for (node* item : {first->last_item, start, start->more}) {
        if (item && is_it(item))
            return first->found_item = item;
    }
    for (node* item = first; item; item = item->more) {
        if (is_it(item))
            return first->found_item = item;
    }
    return nullptr;
}

void set_url(node* extension, std::string_view url, arena& memory)
{
    if (!extension->child)
        add_text(extension, fhir::known().url, url, memory);
}

// What makes a coding the same as another.
struct coding {
    std::string_view system{}, code{}, version{};
    friend bool operator==(const coding&, const coding&) = default;
};

coding coding_of(const node& from)
{
    const auto& known = fhir::known();
    return {text_of(from, known.system.element), text_of(from, known.code.element), text_of(from, known.version.element)};
}

constexpr std::size_t most_codings = 100;  // that are compared with each other

// The same coding twice says nothing more, nor does the same reference twice in a row.
bool repeats_earlier(const node* first, const node* last, const node* item)
{
    if (item->to && last->to == item->to && !item->child)
        return true;
    if (!item->type->is_coding)
        return false;
    const auto says = coding_of(*item);
    for (const node* earlier = first; earlier; earlier = earlier->more) {
        if (coding_of(*earlier) == says)
            return true;
    }
    return false;
}

// What a table of the maps says stands; what a sender says of his code may not be so.
void settle_system(const node* coding, arena& memory)
{
    node* const system = find_child(coding, fhir::known().system.element);
    const node* const code = find_child(coding, fhir::known().code.element);
    if (system && code && system->row != code->row)
        system->text = settled_system(system->text, code->text, memory);
}

bool has_content(const node* of)
{
    if (of->type->is_extension)  // a url alone says nothing
        return of->child && of->child->next;
    return of->has_text || of->child || of->to || of->element == nullptr;
}

node* add_absent_reason(node* to, std::string_view reason, arena& memory)
{
    node* extension = make_node(to->type->find("extension"), memory);
    append_child(to, extension);
    set_url(extension, absent_url, memory);
    return add_text(extension, fhir::known().value_code, reason, memory);
}

void add_absent(node* parent, const fhir::element* element, arena& memory);

void declare_absent(node* made, arena& memory)
{
    if (made->type->is_codeable_concept) {
        node* coding = make_node(fhir::known().coding, memory);
        append_child(made, coding);
        add_text(coding, fhir::known().system, absent_system, memory);
        add_text(coding, fhir::known().code, "unknown", memory);
    } else if (std::find(made->element->codes.begin(), made->element->codes.end(), "unknown") != made->element->codes.end()) {
        made->text = "unknown";
        made->has_text = true;
    } else if (made->type->required.empty()) {
        add_absent_reason(made, "unknown", memory);
    } else {
        for (const auto* required : made->type->required)
            add_absent(made, required, memory);
    }
}

void add_absent(node* parent, const fhir::element* element, arena& memory)
{
    // Of several types the one that a code fits, else the first.
    const auto& all = element->alternatives;
    const auto as = std::find_if(all.begin(), all.end(), [](const auto& one) { return one.of->is_codeable_concept; });
    node* made = make_node({element, as == all.end() ? &all.front() : &*as}, memory);
    append_child(parent, made);
    declare_absent(made, memory);
}

// What the sender deletes is not what nobody knows: a reader can tell the two.
void declare_deleted(node* made, arena& memory)
{
    node* const reason = add_absent_reason(made, "not-applicable", memory);
    reason->row = made->row;
    reason->from = made->from;
}

// Takes the items out that say nothing; null when none is left.
node* finish_items(node* first, arena& memory)
{
    node* const next = first->next;
    node* kept_first = nullptr;
    node* kept_last = nullptr;
    std::size_t count = 0;
    for (node* item = first; item;) {
        node* const more = item->more;
        if (item->child || item->to || item->deleted)
            finish(item, memory);
        if (has_content(item) && !(kept_first && count < most_codings && repeats_earlier(kept_first, kept_last, item))) {
            count++;
            (kept_last ? kept_last->more : kept_first) = item;
            kept_last = item;
            item->more = nullptr;
        }
        item = more;
    }
    if (kept_first) {
        kept_first->next = next;
        kept_first->last_item = kept_last;
    }
    return kept_first;
}

}  // namespace

std::string_view text_of(const node& parent, const fhir::element* element)
{
    const auto* const child = find_child(&parent, element);
    return child ? child->text : std::string_view();
}

void remove_child(node* parent, const fhir::element* element)
{
    node* before = nullptr;
    for (node* child = parent->child; child; before = child, child = child->next) {
        if (child->element != element)
            continue;
        (before ? before->next : parent->child) = child->next;
        if (parent->last_child == child)
            parent->last_child = before;
        return;
    }
}

node* reach(node* parent, const step& what, std::uint64_t key, arena& memory)
{
    node* first = find_child(parent, what.element);
    node* at = first;
    if (!first) {
        at = make_node({what.element, what.as}, memory);
        at->key = key;
        at->label = what.label;
        append_child(parent, at);
    } else if (what.element->many) {
        at = find_item(first, what, key);
        if (!at)
            at = add_item(first, what, key, memory);
    } else if (first->as != what.as) {  // value[x] has one type only, the last one
        first->as = what.as;
        first->type = what.as->of;
        first->child = first->last_child = nullptr;
        first->has_text = false;
        first->text = {};
    }
    if (!what.url.empty())
        set_url(at, what.url, memory);
    return at;
}

node* reach(node* parent, const fhir::slot& what, arena& memory)
{
    node* at = find_child(parent, what.element);
    if (!at)
        append_child(parent, at = make_node(what, memory));
    return at;
}

void add_profile(node& root, std::string_view url, arena& memory)
{
    add_text(reach(&root, fhir::known().meta, memory), fhir::known().profile, url, memory);
}

node* add_text(node* parent, const fhir::slot& what, std::string_view text, arena& memory)
{
    node* made = make_node(what, memory);
    made->text = text;
    made->has_text = true;
    append_child(parent, made);
    return made;
}

bool says_something(const node* from)
{
    if (from->from.known() || (from->owns && !from->to->dropped))
        return true;
    for (const node* child = from->child; child; child = child->next) {
        for (const node* item = child; item; item = item->more) {
            if (says_something(item))
                return true;
        }
    }
    return false;
}

void finish(node* from, arena& memory)
{
    node** link = &from->child;
    from->last_child = nullptr;
    while (node* const child = *link) {
        node* kept = child->has_text ? child : nullptr;
        if (child->more || child->child || child->to || child->deleted)  // most elements are one text
            kept = finish_items(child, memory);
        *link = kept ? kept : child->next;
        if (kept) {
            from->last_child = kept;
            link = &kept->next;
        }
    }
    if (from->to && from->to->dropped)
        from->to = nullptr;
    if (from->type->is_coding)
        settle_system(from, memory);
    if (!has_content(from)) {
        if (from->deleted)
            declare_deleted(from, memory);
        return;
    }
    for (const auto* required : from->type->required) {
        if (!find_child(from, required))
            add_absent(from, required, memory);
    }
}

void move_missing(node* from, node* to)
{
    for (node* child = from->child; child;) {
        node* const next = child->next;
        if (!find_child(to, child->element)) {
            child->next = nullptr;
            (to->last_child ? to->last_child->next : to->child) = child;
            to->last_child = child;
        }
        child = next;
    }
}

}  // namespace tieline::adapters::hl7v2
