#include "adapters/hl7v2/conversion.hpp"

#include "adapters/hl7v2/text.hpp"

#include <algorithm>
#include <array>

namespace tieline::adapters::hl7v2 {
namespace {

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
    auto over = frame_of(segment);
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
            over = frame_of(0);  // a map of MSH that stands beside another segment
            over.group = variable.of;
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
    for (const auto& one : steps) {
        auto key = std::uint64_t{over.segment} << repetition_bits;
        if (one.in_turn)
            key = layout_.turn(over.segment, over.group);
        else if (one.spreads)
            key += over.repetition;
        at = reach(at, one, key, memory_);
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

conversion::frame conversion::frame_of(std::uint32_t segment) const
{
    const auto& of = message_->segments()[segment];
    frame made{.segment = segment, .parts = message_->fields(of), .whole = {.has = of.has}};
    take_whole(made);
    return made;
}

// What rows without a field have at hand.
void conversion::take_whole(frame& over) const
{
    over.field = 0;
    over.repetition = over.is_segment ? 1 : 0;
    over.at_hand = field(over, 0, 1);
    over.at = over.is_segment ? origin{.segment = over.segment} : over.whole_at;
}

// Makes a field the one at hand; of several repetitions the first.
void conversion::take(std::uint16_t number, frame& over) const
{
    over.field = number;
    if (over.is_segment) {
        over.at_hand = field(over, number, 1);
        over.at = {.segment = over.segment, .field = number, .repetition = 1};
        over.repetition = 1;
        return;
    }
    over.at_hand = {.text = over.parts[number - 1U], .level = level_below(over.whole), .has = over.whole.has};
    if (over.whole.level <= 2)  // a subcomponent has nothing below
        (over.whole.level <= 1 ? over.at.component : over.at.subcomponent) = number;
}

void conversion::run_map(const map& which, frame& over, node* root, locals* chained)
{
    over.by = &which;
    over.answers = answered_;
    answered_ += which.conditions;
    if (answers_.size() < answered_)
        answers_.resize(answered_ * 2);
    std::fill_n(answers_.begin() + static_cast<std::ptrdiff_t>(over.answers), which.conditions, answer::unknown);
    take_whole(over);
    over.chosen = trace_ || which.by.values.empty() ? ~std::uint64_t{0} : choose(which.by, over);
    for (const auto& one : which.fields) {
        if (one.field > over.parts.size())
            break;
        if (one.field && over.parts[one.field - 1U].empty())
            continue;
        if (one.field)
            take(one.field, over);
        run_field(std::span(which.rows).subspan(one.begin, one.end - one.begin), over, root, chained);
    }
    answered_ = over.answers;
}

// The rows of one field, which says something; field 0 is the whole.
void conversion::run_field(std::span<const row> rows, frame& over, node* root, locals* chained)
{
    over.repeats = over.is_segment && over.field && over.at_hand.text.size() != over.parts[over.field - 1U].size();
    for (const auto& one : rows) {
        if (one.chosen & over.chosen)
            over.repeats ? run_repetitions(one, over, root, chained) : run_once(one, over, root, chained);
    }
    over.repeats = false;
}

void conversion::run_repetitions(const row& one, frame& over, node* root, locals* chained)
{
    auto rest = over.parts[one.field - 1U];
    over.repetition = 1;
    for (bool more = true; more; over.repetition++) {
        const auto end = rest.find(message_->marks().repetition);
        more = one.spreads && end != std::string_view::npos && over.repetition < most_repetitions;
        over.at.repetition = over.repetition;
        over.at_hand.text = rest.substr(0, end);
        if (!over.at_hand.text.empty() || !one.spreads)
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
            if (over.is_segment && one.field && !is_valued(over.at_hand.text))
                return;  // "" says nothing of what the constant would go with
            if (trace_)
                trace_->add_read(origin_of(over, one.from));
            fill_constant(target(one, over, root, chained), one);
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
    if (!one.local && !one.beside)
        return walk(root, one.target, over);
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

void conversion::run_call(const row& one, frame& over, node* root, locals* chained)
{
    const auto given = find(over, one.argument);
    if (!is_valued(given.text))
        return note_deleted(one, over, root, given.text);
    if (over.depth == most_depth)
        return;  // a site's map that calls itself: below subcomponents nothing is new
    auto& parts = parts_[over.depth];
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
