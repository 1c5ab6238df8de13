#include "prober.hpp"

#include <algorithm>

// How a prober drafts one message after the other for a row.

namespace coverage {
namespace {

constexpr std::size_t most_alternatives = 24;

using demands = std::vector<demand>;

std::vector<demands> both(const std::vector<demands>& left, const std::vector<demands>& right)
{
    std::vector<demands> made;
    for (const auto& one : left) {
        for (const auto& other : right) {
            if (made.size() == most_alternatives)
                return made;
            made.push_back(one);
            made.back().insert(made.back().end(), other.begin(), other.end());
        }
    }
    return made;
}

// The ways in which a condition can be met, or not be met.
std::vector<demands> ways(const program& maps, std::int32_t index, bool wanted, const frame& in)
{
    const auto& one = maps.at(index);
    const auto each = [&](std::int32_t side) { return ways(maps, side, wanted, in); };
    switch (one.what) {
    case condition::kind::negated: return ways(maps, one.left, !wanted, in);
    case condition::kind::both:
    case condition::kind::either: {
        if ((one.what == condition::kind::both) == wanted)
            return both(each(one.left), each(one.right));
        auto made = each(one.left);
        for (auto& other : each(one.right))
            made.push_back(std::move(other));
        return made;
    }
    case condition::kind::equals:
    case condition::kind::one_of: {
        if (!wanted)
            break;
        std::vector<demands> made;
        for (const auto& value : one.values)
            made.push_back({{.what = &one, .in = in, .value = std::string(value)}});
        return made;
    }
    default: break;
    }
    return {{{.what = &one, .wanted = wanted, .in = in}}};
}

// Something that the kind of element takes.
std::string text_for(const fhir::element& element, const fhir::type& type)
{
    using fhir::primitive;
    switch (type.kind) {
    case primitive::date: return "20240102";
    case primitive::date_time:
    case primitive::instant: return "20240102030405+0000";
    case primitive::time: return "0304";
    case primitive::decimal: return "1.5";
    case primitive::integer:
    case primitive::natural:
    case primitive::positive: return "2";
    case primitive::boolean: return "Y";
    case primitive::base64: return "QUJD";
    default: return element.codes.empty() ? "Ax" : element.codes.front();
    }
}

std::string code_of(const table& from)
{
    if (!from.exact.empty())
        return std::string(from.exact.front().from);
    return from.patterns.empty() ? "Ax" : std::string(from.patterns.front().from);
}

// A code that a pattern stands for.
std::string code_like(std::string_view pattern)
{
    std::string made(pattern);
    for (auto at = made.find("<n>"); at != std::string::npos; at = made.find("<n>"))
        made.replace(at, 3, "7");
    if (made.ends_with('*'))
        made.back() = '9';
    return made;
}

}  // namespace

bool prober::attempt(const top& at, const std::vector<const chain*>& rows)
{
    const auto segment = [&](const chain& of) { return frame{.at = {of.front().in->about == at.on->layout.nodes()[at.node].name ? at.node : std::uint16_t{1}, 0, 0, 0}}; };
    std::vector<demands> all{{}};
    if (at.what->condition >= 0)
        all = both(all, ways(*maps_, at.what->condition, true, {.at = {at.node, 0, 0, 0}}));
    const draft empty(*at.on);
    for (const auto* one : rows) {
        auto in = segment(*one);
        for (const auto& link : *one) {
            if (link.what->condition >= 0)
                all = both(all, ways(*maps_, link.what->condition, true, in));
            const auto argument = empty.find(in, link.what->argument);
            if (!argument)
                return false;
            in = {.at = *argument, .of_segment = false, .codes = link.what->table_of_caller ? in.codes : link.what->codes};
        }
    }
    for (const auto& one : all) {
        draft made(*at.on);
        made.use(at.node);
        if (entry_ && !rows.empty())  // the code first: conditions may ask for any
            say(*rows.front(), at, made);
        for (const auto& demand : one)
            made.meet(demand);
        for (const auto* chain : rows)
            say(*chain, at, made);
        const auto text = made.close() ? made.write(events_) : std::string();
        if (!text.empty() && left_-- <= 0)
            return false;
        if (convert(text))
            return true;
    }
    return false;
}

void prober::say(const chain& of, const top& at, draft& into)
{
    const bool own = of.front().in->about == at.on->layout.nodes()[at.node].name;
    frame in{.at = {own ? at.node : std::uint16_t{1}, 0, 0, 0}};
    const step* target = nullptr;  // of the innermost row that names an element
    for (const auto& link : of) {
        if (!link.what->target.empty() && link.what->target.back().element)
            target = &link.what->target.back();
        if (link.what->number == wanted_ && below_.field) {
            if (const auto hinted = into.find(in, below_))
                into.put(*hinted, "Ax");
        }
        if (!link.what->call)
            return say_row(*link.what, in, target, into);
        const auto argument = into.find(in, link.what->argument);
        if (!argument)
            return;
        in = {.at = *argument, .of_segment = false, .codes = link.what->table_of_caller ? in.codes : link.what->codes};
    }
}

void prober::say_row(const row& what, const frame& in, const step* target, draft& into)
{
    const auto text = sample(what, in, target);
    const auto put = [&](const source& from, const std::string& text) {
        if (const auto at = into.find(in, from); at && at->field)
            into.put(*at, text);
    };
    if (what.what == row::action::copy)
        return put(what.argument, text);
    if (what.from.field)
        put(what.from, what.constant ? "Ax" : text);
    for (const auto& piece : what.pieces) {
        switch (piece.what) {
        case piece::kind::literal:
        case piece::kind::original: break;
        case piece::kind::later:
            put(piece.from, "20240102030405+0000");
            put(piece.amount, "2");
            if (piece.has_unit)
                put(piece.unit, "min");
            break;
        case piece::kind::of_hex: put(piece.from, "414243"); break;
        case piece::kind::times: put(piece.from, "2"); break;
        case piece::kind::part: put(piece.from, "2,3,4,5"); break;
        case piece::kind::points:
        case piece::kind::width: put(piece.from, "2"); break;
        default: put(piece.from, text);
        }
    }
}

std::string prober::sample(const row& of, const frame& in, const step* target) const
{
    const auto* const codes = of.table_of_caller ? in.codes : of.codes;
    if (codes && entry_ && codes == table_)
        return code_like(entry_->from);
    if (codes)
        return code_of(*codes);
    return target ? text_for(*target->element, *target->as->of) : "Ax";
}

}  // namespace coverage
