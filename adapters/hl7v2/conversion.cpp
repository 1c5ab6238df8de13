#include "adapters/hl7v2/conversion.hpp"

#include "adapters/hl7v2/text.hpp"

#include <algorithm>
#include <array>

namespace tieline::adapters::hl7v2 {
namespace {

constexpr std::size_t most_parts = 64;         // components or subcomponents of one value; HL7's longest type has 25
constexpr unsigned most_depth = 8;             // of data types in data types; HL7 knows three levels
constexpr std::uint16_t most_repetitions = 10'000;
constexpr std::uint64_t repetition_bits = 20;  // below the segment, in the key of an item

// MSH-9.2; HL7 v2.1 names the event in EVN-1 alone.
std::string_view event_of(const message& from)
{
    const auto all = from.segments();
    const auto& marks = from.marks();
    const auto event = part_of(part_of(from.field(all.front(), 9), marks.repetition, 1), marks.component, 2);
    const auto evn = event.empty() ? std::find_if(all.begin(), all.end(), [](const segment& one) { return one.name == "EVN"; }) : all.end();
    return evn == all.end() ? event : trim(from.field(*evn, 1));
}

}  // namespace

// The resources of a chained map, made when a row first fills them.
struct conversion::locals {
    std::array<resource*, 16> made{};
    const map* of = nullptr;
    std::uint32_t segment = 0;

    resource*& at(std::uint16_t local)
    {
        if (local != innermost)
            return made[local - 1U];
        const auto first = std::find_if(made.begin(), made.end(), [](const resource* one) { return one != nullptr; });
        return first == made.end() ? made.front() : *first;
    }
};

conversion::conversion(std::shared_ptr<const program> maps, time_zone zone)
    : maps_(std::move(maps)), zone_(std::move(zone)), profiles_(*maps_)
{
}

void conversion::run(const message& from, std::string_view original, model::issues& found)
{
    memory_.reset();
    resources_.clear();
    entries_.clear();
    keyed_.clear();
    links_.clear();
    bundle_ = nullptr;
    attached_to_ = nullptr;
    told_ = 0;
    message_ = &from;
    original_ = original;
    found_ = &found;
    const auto& marks = from.marks();
    const auto type = part_of(from.field(from.segments().front(), 9), marks.repetition, 1);
    const auto* const on = maps_->message_for(from, part_of(type, marks.component, 1), event_of(from), part_of(type, marks.component, 3));
    structure_ = on;
    if (trace_)
        trace_->clear();
    if (!on || !lay_out(*on))
        return;
    for (std::uint32_t segment = 0; segment < layout_.places().size(); segment++) {
        const auto node = layout_.places()[segment].node;
        if (node == no_node)
            continue;
        for (const auto& one : on->rows[node])
            run_message_row(*on, one, segment);
    }
    run_links(*on);
    finish(*on);
}

bool conversion::lay_out(const message_map& on)
{
    layout_.lay(*message_, on.layout, maps_->segment_names());
    variables_.assign(on.variables.size(), {});
    bool whole = true;
    for (std::size_t node = 1; node < on.layout.nodes().size(); node++) {
        const auto& one = on.layout.nodes()[node];
        if (!one.required || !layout_.has(one.parent) || layout_.has(static_cast<std::uint16_t>(node)))
            continue;
        whole = false;
        found_->push_back({.code = "required", .v2_code = 100, .at = std::string(one.text),
                           .diagnostics = "this message needs " + std::string(one.name ? "a segment " : "a group ") + std::string(one.text)});
    }
    return whole;
}

conversion::instance& conversion::find_instance(const message_map& on, std::uint16_t variable, std::uint32_t segment)
{
    const auto owner = on.variables[variable].owner;
    const auto& place = layout_.places()[segment];
    std::uint32_t of = segment | 0x80000000U;
    if (place.node != owner) {
        of = place.group;
        while (layout_.groups()[of].node != owner)
            of = layout_.groups()[of].parent;
    }
    auto& one = variables_[variable];
    if (one.of != of)
        one = {.of = of, .what = nullptr};
    return one;
}

resource* conversion::make(const fhir::type& type, std::uint32_t segment)
{
    auto* const made = memory_.make<resource>();
    made->root.type = &type;
    made->segment = segment;
    made->order = !resources_.empty() && resources_.back()->segment == segment ? resources_.back()->order + 1 : 0;
    resources_.push_back(made);
    return made;
}

void conversion::run_message_row(const message_map& on, const message_row& one, std::uint32_t segment)
{
    frame over{.segment = segment, .parts = message_->fields(message_->segments()[segment])};
    if (trace_)
        trace_->begin(one.number);
    if (one.condition >= 0 && !test(one.condition, over)) {
        if (trace_)
            trace_->add_skip(nullptr, {.at = {.segment = segment}, .all = true});
        return;
    }
    auto& variable = find_instance(on, one.into, segment);
    if (!variable.what) {
        variable.what = make(*on.variables[one.into].of, segment);
        if (on.variables[one.into].of->name == "Bundle")
            bundle_ = variable.what;
    }
    over.group = variable.of;
    if (trace_)
        trace_->enter(one.number, one.call, {.segment = segment});
    if (one.call) {
        if (one.call->about != layout_.places()[segment].name) {
            over.segment = 0;  // a map of MSH that stands beside another segment
            over.parts = message_->fields(message_->segments().front());
        }
        run_map(*one.call, over, walk(&variable.what->root, one.path, over));
    }
    if (trace_)
        trace_->leave();
    if (!one.key.empty())
        keyed_.push_back({.by = &one, .segment = segment, .what = variable.what});
    for (const auto& reference : one.references)
        run_reference(on, reference, segment);
}

void conversion::run_reference(const message_map& on, const reference_rule& rule, std::uint32_t segment)
{
    auto* const in = rule.in_at.empty() ? find_instance(on, rule.in, segment).what : nullptr;
    auto* const to = rule.to_at.empty() ? find_instance(on, rule.to, segment).what : nullptr;
    if (!rule.in_at.empty() || !rule.to_at.empty())
        return links_.push_back({.by = &rule, .segment = segment, .in = in, .to = to});
    if (in && to)
        walk(&in->root, rule.path, {.segment = segment, .repetition = 1})->to = to;  // the items of the segment's own rows
}

// Without `enter` as far as the first reference into another resource.
node* conversion::walk(node* root, std::span<const step> steps, const frame& over, bool enter)
{
    node* at = root;
    const std::uint64_t key = std::uint64_t{over.segment} << repetition_bits;
    for (const auto& one : steps) {
        const auto item = one.in_turn ? layout_.turn(over.segment, over.group) : one.spreads ? key + over.repetition : key;
        at = reach(at, one, item, memory_);
        if (!one.enter)
            continue;
        if (!enter)
            return at;
        if (!at->to || at->to->root.type != one.enter) {  // where rows disagree about the type, the last one counts
            at->to = make(*one.enter, over.segment);
            at->owns = true;
        }
        at = &at->to->root;
    }
    return at;
}

void conversion::run_map(const map& which, frame& over, node* root, locals* chained)
{
    over.by = &which;
    over.answers = answers_.size();
    answers_.resize(over.answers + which.conditions);
    const auto& first = which.first_of_field;
    const auto run = [&](std::size_t field) {
        over.field = static_cast<std::uint16_t>(field);
        for (auto at = first[field]; at < first[field + 1]; at++)
            run_row(which.rows[at], over, root, chained);
    };
    run(0);
    const auto last = std::min(over.parts.size(), first.size() - 2);
    for (std::size_t field = 1; field <= last; field++) {
        if (!over.parts[field - 1].empty() && first[field] < first[field + 1])
            run(field);
    }
    answers_.resize(over.answers);
}

void conversion::run_row(const row& one, frame& over, node* root, locals* chained)
{
    over.repetition = over.is_segment ? 1 : 0;
    if (!over.is_segment || !one.field)
        return run_once(one, over, root, chained);
    auto rest = over.parts[one.field - 1U];
    const bool repeats = message_->segments()[over.segment].has & contents::repetitions;
    const auto mark = message_->marks().repetition;
    for (bool more = true; more; over.repetition++) {
        const auto end = repeats ? rest.find(mark) : std::string_view::npos;
        more = one.spreads && end != std::string_view::npos && over.repetition < most_repetitions;
        over.at_hand = rest.substr(0, end);
        if (!over.at_hand.empty() || !one.spreads)
            run_once(one, over, root, chained);
        rest.remove_prefix(more ? end + 1 : 0);
    }
    if (over.repetition > most_repetitions)
        tell(model::severity::warning, "too-costly", 207, {.segment = over.segment, .field = one.field, .repetition = over.repetition},
             "the field repeats too often, what follows is left out");
}

void conversion::run_once(const row& one, frame& over, node* root, locals* chained)
{
    if (one.beside && !(root && root->element && root->element->many))
        return;  // there is room for one only
    if (trace_)
        trace_->begin(one.number);
    if (one.condition >= 0 && !test(one.condition, over)) {
        if (trace_)
            trace_->add_skip(&one, what_it_reads(one, over));
        return;
    }
    switch (one.what) {
    case row::action::tell:
        if (trace_)
            trace_->add_told({.at = origin_of(over, one.from), .all = true});
        return tell(one.level, "value", 207, origin_of(over, one.from), std::string(one.pieces.front().literal));
    case row::action::clear: return remove_child(root, one.target.front().element);
    case row::action::call: return run_call(one, over, root, chained);
    case row::action::attach: return attach_original(target(one, over, root, chained), one, over);
    case row::action::compose:
        if (one.constant) {
            if (over.is_segment && one.field && !is_valued(over.at_hand))
                return;  // "" says nothing of what the constant would go with
            if (trace_)
                trace_->add_read(origin_of(over, one.from));
            fill_constant(target(one, over, root, chained), one.pieces.front().literal, one);
        } else if (const auto text = compose(one.pieces, over); !text.empty()) {
            fill(target(one, over, root, chained), text, one, over, origin_of(over, one.from));
        }
        return;
    case row::action::copy: {
        const auto given = find(over, one.argument);
        if (const auto text = leaf(given); text.empty()) {
            note_deleted(one, over, root, given.text);
        } else {
            const auto from = origin_of(over, one.argument);
            if (trace_)
                trace_->add_read(from);
            if (!one.table_of_caller || (over.codes && over.codes->find(text)))
                fill(target(one, over, root, chained), text, one, over, from);
            else if (trace_ && over.codes)
                trace_->add_skip(&one, {.at = from}, over.codes);
        }
    }
    }
}

node* conversion::target(const row& one, const frame& over, node* root, locals* chained)
{
    if (one.local && chained) {
        auto*& made = chained->at(one.local);
        if (!made)
            made = make(*chained->of->root, chained->segment);
        root = &made->root;
    }
    if (one.beside)
        root = reach(root->parent, {.element = root->element, .as = root->as, .label = one.beside}, root->key, memory_);
    return walk(root, one.target, over);
}

// Read where it lies and encoded where it is written: it is the largest that a Bundle carries.
void conversion::attach_original(node* at, const row& by, const frame& over)
{
    at->text = original_;
    at->has_text = at->is_bytes = true;
    at->row = by.number;
    at->from = origin_of(over, by.from);
    for (attached_to_ = at; attached_to_->parent;)
        attached_to_ = attached_to_->parent;
}

// `""` is not the same as nothing: the sender wants what the receiver has deleted. Where a row has said more, that stays.
void conversion::note_deleted(const row& one, const frame& over, node* root, std::string_view text)
{
    if (trim(text) != "\"\"" || one.local || one.beside || one.table_of_caller || one.target.empty())
        return;
    node* const at = walk(root, one.target, over, false);
    if (at->has_text || at->child || at->to || at->type->kind == fhir::primitive::id)
        return;
    const auto& codes = at->element->codes;
    const auto from = origin_of(over, one.argument);
    if (trace_ && !codes.empty())
        trace_->add_read(from);
    if (std::find(codes.begin(), codes.end(), "unknown") != codes.end())
        return fill_text(at, "unknown", one, from);
    if (!codes.empty())
        return keep_as_text(at, "\"\"", one, from);
    at->deleted = true;
    at->row = one.number;
    at->from = from;
}

void conversion::run_call(const row& one, frame& over, node* root, locals* chained)
{
    const auto given = find(over, one.argument);
    if (!is_valued(given.text))
        return note_deleted(one, over, root, given.text);
    if (over.depth == most_depth)
        return;  // a site's map that calls itself: below subcomponents nothing is new
    std::array<std::string_view, most_parts> parts;
    std::size_t count = 0;
    const char mark = given.level <= 1 ? message_->marks().component : given.level == 2 ? message_->marks().subcomponent : '\0';
    const auto& text = given.text;
    std::size_t start = 0;
    for (std::size_t at = 0; mark && at < text.size() && count + 1 < parts.size(); at++) {
        if (text[at] == mark) {
            parts[count++] = text.substr(start, at - start);
            start = at + 1;
        }
    }
    parts[count++] = text.substr(start);
    frame below{.segment = over.segment, .group = over.group, .is_segment = false, .parts = {parts.data(), count}, .whole = given, .whole_at = origin_of(over, one.argument)};
    below.depth = over.depth + 1;
    below.codes = one.table_of_caller ? over.codes : one.codes;
    node* const at = target(one, over, root, chained);
    if (trace_)
        trace_->enter(one.number, one.call, below.whole_at);
    if (one.call->chain.empty())
        run_map(*one.call, below, at);
    else
        run_chain(*one.call, below, at);
    if (trace_)
        trace_->leave();
}

void conversion::run_chain(const map& which, frame& over, node* reference)
{
    locals made{.of = &which, .segment = over.segment};
    run_map(which, over, nullptr, &made);
    node* from = reference;
    for (std::size_t i = 0; i < which.chain.size() && i < made.made.size(); i++) {
        if (!made.made[i])
            continue;
        if (from != reference)
            from = walk(from, which.chain_link, over);
        from->to = made.made[i];
        from->owns = true;
        from = &made.made[i]->root;
    }
}

}  // namespace tieline::adapters::hl7v2
