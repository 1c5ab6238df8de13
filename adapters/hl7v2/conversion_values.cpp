#include "adapters/hl7v2/conversion.hpp"
#include "adapters/hl7v2/date.hpp"
#include "adapters/hl7v2/pieces.hpp"
#include "adapters/hl7v2/primitive.hpp"
#include "adapters/hl7v2/text.hpp"
#include "broker/base/digest.hpp"
#include "broker/base/nhs_number.hpp"

#include <algorithm>

// How a conversion reads the message: places, conditions, texts put together.

namespace tieline::adapters::hl7v2 {
namespace {

// The nth part of a text that is not divided.
std::string_view only_part(std::string_view text, unsigned nth) { return nth == 1 ? text : std::string_view(); }

// Most texts are codes of a few characters: the first one tells most of them apart.
bool is_same(std::string_view one, std::string_view other)
{
    return one.size() == other.size() && (one.empty() || (one[0] == other[0] && one == other));
}

bool compare(std::size_t left, condition::compare how, std::size_t right)
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

}  // namespace

bool conversion::is_valued(std::string_view text) const
{
    const auto& marks = message_->marks();
    const auto separates = [&](char c) { return c == marks.component || c == marks.subcomponent || c == marks.repetition; };
    if (text.empty() || text == "\"\"")
        return false;
    return !separates(text.front()) || !std::all_of(text.begin(), text.end(), separates);
}

// Cuts at components and subcomponents as a source says. A segment without a separator is not searched for it.
conversion::value conversion::below(value of, const source& from) const
{
    if (from.component) {
        of.text = of.has & contents::components ? part_of(of.text, message_->marks().component, from.component) : only_part(of.text, from.component);
        of.level = 2;
    }
    if (from.subcomponent) {
        of.text = of.has & contents::subcomponents ? part_of(of.text, message_->marks().subcomponent, from.subcomponent)
                                                   : only_part(of.text, from.subcomponent);
        of.level = 3;
    }
    return of;
}

// A field's repetition or, in a data type map, a component or subcomponent of the value.
conversion::value conversion::field(const frame& over, std::uint16_t number, std::uint16_t repetition) const
{
    if (!number)
        return over.is_segment ? value{.text = message_->segments()[over.segment].name, .level = 3} : over.whole;
    if (number > over.parts.size())
        return {};
    value of{.text = over.parts[number - 1U], .has = over.whole.has};
    if (!over.is_segment) {
        of.level = level_below(over.whole);
    } else if (over.segment == 0 && number <= 2) {
        of.level = 3;  // the separators themselves
    } else {
        const auto nth = std::max<unsigned>(repetition, 1);
        of.level = 1;
        of.text = of.has & contents::repetitions ? part_of(of.text, message_->marks().repetition, nth) : only_part(of.text, nth);
    }
    return of;
}

conversion::value conversion::find_elsewhere(const frame& over, const source& from) const
{
    if (!from.own)
        return find_other(over, from);
    const auto of = is_at_hand(over, from) ? over.at_hand : field(over, from.field, from.repetition);
    if (over.is_segment)
        return below(of, from);
    return from.component && of.level <= 3 ? below(of, {.subcomponent = from.component}) : of;
}

conversion::value conversion::find_other(const frame& over, const source& from) const
{
    const auto segment = layout_.nearest(over.segment, from.segment);
    if (segment >= message_->segments().size())
        return {};
    const auto& other = message_->segments()[segment];
    if (!from.field)
        return {.text = other.name, .level = 3};
    const auto field = part_of(message_->field(other, from.field), message_->marks().repetition, std::max<unsigned>(from.repetition, 1));
    return below({.text = field, .level = 1, .has = other.has}, from);
}

origin conversion::origin_elsewhere(const frame& over, const source& from) const
{
    if (!from.own) {
        const auto segment = layout_.nearest(over.segment, from.segment);
        if (segment >= message_->segments().size())
            return {};
        origin at{.segment = segment};
        if (from.field)
            at = {segment, from.field, std::max<std::uint16_t>(from.repetition, 1), from.component, from.subcomponent};
        return at;
    }
    if (!from.field)
        return over.is_segment ? origin{.segment = over.segment} : over.whole_at;
    if (from.field > over.parts.size())
        return {};
    if (!over.is_segment) {
        auto at = over.whole_at;
        if (over.whole.level <= 2)  // a subcomponent has nothing below
            (over.whole.level <= 1 ? at.component : at.subcomponent) = from.field;
        if (from.component && over.whole.level <= 2)
            at.subcomponent = from.component;
        return at;
    }
    const auto repetition = from.repetition ? from.repetition : from.field == over.field ? over.repetition : std::uint16_t{1};
    return {over.segment, from.field, repetition, from.component, from.subcomponent};
}

// A text with its escapes carried out.
std::string_view conversion::plain(const value& of)
{
    return of.has & contents::escapes ? unescape(of.text, message_->marks(), memory_) : of.text;
}

std::string_view conversion::leaf(value of)
{
    if (of.level <= 1 && of.has & contents::components)
        of.text = part_of(of.text, message_->marks().component, 1);
    if (of.level <= 2 && of.has & contents::subcomponents)
        of.text = part_of(of.text, message_->marks().subcomponent, 1);
    of.text = trim(of.text);
    if (of.text.empty() || of.text == "\"\"")
        return {};
    return of.has & contents::escapes ? trim(plain(of)) : of.text;
}

std::uint64_t conversion::choose(const choice& by, const frame& over)
{
    const auto text = leaf(find(over, by.from));
    const auto place = std::find_if(by.values.begin(), by.values.end(), [text](std::string_view one) { return is_same(one, text); });
    return std::uint64_t{1} << (place == by.values.end() ? choice::most : static_cast<std::size_t>(place - by.values.begin()));
}

// Rows of a map ask the same again and again: an answer is remembered, unless it depends on the repetition at hand.
bool conversion::test(std::int32_t index, frame& over)
{
    const auto& one = maps_->at(index);
    if (!over.by || (over.repeats && one.fields >> over.field % 64 & 1))
        return evaluate(one, over);
    auto& known = answers_[over.answers + one.place];
    if (known == answer::unknown)
        known = evaluate(one, over) ? answer::yes : answer::no;
    return known == answer::yes;
}

bool conversion::evaluate(const condition& one, frame& over)
{
    if (trace_)
        keep_test(one, over);
    switch (one.what) {
    case condition::kind::both: return test(one.left, over) && test(one.right, over);
    case condition::kind::either: return test(one.left, over) || test(one.right, over);
    case condition::kind::negated: return !test(one.left, over);
    case condition::kind::valued: return is_valued(find(over, one.from).text);
    case condition::kind::holds: return layout_.holds(over.segment, one.from.segment);
    case condition::kind::same: return trim(find(over, one.from).text) == trim(find(over, one.other).text);
    case condition::kind::mapped: {
        if (!over.codes || over.parts.empty())
            return false;
        const auto code = leaf(field(over, 1, 1));
        return !code.empty() && over.codes->find(code);
    }
    default: return test_comparison(one, over);
    }
}

bool conversion::test_comparison(const condition& one, frame& over)
{
    if (one.what == condition::kind::count) {
        std::string_view field;
        if (one.from.own && over.is_segment)
            field = one.from.field <= over.parts.size() ? over.parts[one.from.field - 1U] : std::string_view();
        else if (const auto segment = layout_.nearest(over.segment, one.from.segment); segment < message_->segments().size())
            field = message_->field(message_->segments()[segment], one.from.field);
        return compare(count_parts(field, message_->marks().repetition), one.with, one.number);
    }
    const auto text = leaf(find(over, one.from));
    switch (one.what) {
    case condition::kind::length: return compare(text.size(), one.with, one.number);
    case condition::kind::number: return is_number(text);
    case condition::kind::date: return !to_primitive(fhir::primitive::date_time, text, zone_, memory_).empty();
    case condition::kind::like: return is_like(text, one.values.front());
    case condition::kind::in_table: return !text.empty() && one.codes->find(text);
    case condition::kind::nhs_number: {
        std::string digits(text);
        std::erase(digits, ' ');
        return is_nhs_number(digits);
    }
    default: return std::any_of(one.values.begin(), one.values.end(), [text](std::string_view value) { return is_same(value, text); });
    }
}

std::string_view conversion::compose(std::span<const piece> pieces, frame& over)
{
    composed_.clear();
    std::string_view waiting;  // a literal is left out with the place that follows it, when that says nothing
    bool said = false;
    for (const auto& part : pieces) {
        if (part.what == piece::kind::literal) {
            if (waiting.empty())
                waiting = part.literal;
            continue;
        }
        const auto before = composed_.size();
        composed_ += waiting;
        const auto start = composed_.size();
        append(part, over, composed_);
        if (composed_.size() == start)
            composed_.resize(before);
        else
            said = true;
        waiting = {};
    }
    if (said)
        composed_ += waiting;
    return said ? memory_.copy(trim(composed_)) : std::string_view();
}

void conversion::append(const piece& one, frame& over, std::string& to)
{
    const auto& marks = message_->marks();
    if (trace_)
        keep_reads(one, over);
    switch (one.what) {
    case piece::kind::literal: return;
    case piece::kind::value: to += leaf(find(over, one.from)); return;
    case piece::kind::original: to += base64(original_); return;
    case piece::kind::later:
    case piece::kind::earlier: {
        const auto unit = one.has_unit ? leaf(find(over, one.unit)) : std::string_view();
        const auto amount = (one.what == piece::kind::earlier ? "-" : "") + std::string(leaf(find(over, one.amount)));
        to += later(leaf(find(over, one.from)), amount, unit, memory_);
        return;
    }
    case piece::kind::digits:
        for (const char c : leaf(find(over, one.from))) {
            if (c >= '0' && c <= '9')
                to += c;
        }
        return;
    case piece::kind::whole: {
        const auto from = find(over, one.from);
        if (is_valued(from.text))
            to += plain(from);
        return;
    }
    case piece::kind::encoded: {
        std::string lines;
        append({.what = piece::kind::lines, .from = one.from}, over, lines);
        to += base64(lines);
        return;
    }
    case piece::kind::of_hex: to += base64_of_hex(leaf(find(over, one.from))); return;
    case piece::kind::times: to += times(leaf(find(over, one.from)), one.number); return;
    case piece::kind::part: to += trim(part_of(leaf(find(over, one.from)), ',', one.number)); return;
    case piece::kind::points:
    case piece::kind::width: {
        const auto at = origin_of(over, one.from);
        if (at.segment >= message_->segments().size())
            return;
        const auto field = message_->field(message_->segments()[at.segment], at.field);
        to += one.what == piece::kind::width ? std::to_string(sampled_width(field, marks)) : sampled_points(field, marks);
        return;
    }
    case piece::kind::lines: {
        auto rest = one.from.field <= over.parts.size() ? over.parts[one.from.field - 1U] : std::string_view();
        for (bool more = is_valued(rest), first = true; more; first = false) {
            const auto end = marks.repetition ? rest.find(marks.repetition) : std::string_view::npos;
            to += first ? "" : "\n";
            to += plain({.text = rest.substr(0, end), .has = message_->segments()[over.segment].has});
            more = end != std::string_view::npos;
            rest.remove_prefix(more ? end + 1 : 0);
        }
    }
    }
}

}  // namespace tieline::adapters::hl7v2
