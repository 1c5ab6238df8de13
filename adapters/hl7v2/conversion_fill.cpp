#include "adapters/hl7v2/conversion.hpp"
#include "adapters/hl7v2/primitive.hpp"
#include "adapters/hl7v2/text.hpp"

#include <algorithm>

// How a conversion fills elements, and what it tells of values that they can't take.

namespace tieline::adapters::hl7v2 {
namespace {

constexpr std::string_view original_text_url = "http://hl7.org/fhir/StructureDefinition/originalText";
constexpr std::size_t most_told = 100;  // issues of one message

std::string_view what_is_expected(fhir::primitive kind)
{
    switch (kind) {
    case fhir::primitive::date: return "a date, YYYY[MM[DD]]";
    case fhir::primitive::date_time: return "a date and time, YYYY[MM[DD[HHMM[SS[.S]]]]][+/-ZZZZ]";
    case fhir::primitive::instant: return "a date and time with hours and minutes";
    case fhir::primitive::time: return "a time, HH[MM[SS]]";
    case fhir::primitive::decimal: return "a number";
    case fhir::primitive::integer:
    case fhir::primitive::natural: return "a whole number";
    case fhir::primitive::positive: return "a whole number above 0";
    case fhir::primitive::boolean: return "Y or N";
    case fhir::primitive::base64: return "base64";
    default: return "a code without blanks at its ends";
    }
}

}  // namespace

void conversion::tell(model::severity level, std::string code, int v2_code, const origin& at, std::string words)
{
    if (told_ > most_told && level != model::severity::error)
        return;
    if (told_++ == most_told) {
        level = model::severity::warning;
        words = "there are more faults than are listed here";
    }
    found_->push_back({.level = level, .code = std::move(code), .v2_code = v2_code, .at = place(at), .diagnostics = std::move(words)});
}

void conversion::put(node* parent, const fhir::slot& what, std::string_view text, const row& by, const origin& from)
{
    if (text.empty())
        return;
    node* const at = reach(parent, what, memory_);
    at->text = text;
    at->has_text = true;
    at->row = by.number;
    at->from = from;
    if (trace_)
        trace_->add_fill(at, text);
}

void conversion::fill_coding(node* at, std::string_view system, std::string_view code, std::string_view display, const row& by,
                             const origin& from)
{
    const auto& known = fhir::known();
    if (at->type->is_codeable_concept)
        at = reach(at, {.element = known.coding.element, .as = known.coding.as}, std::uint64_t{by.number} + 1, memory_);
    put(at, known.system, system, by, from);
    put(at, known.code, code, by, from);
    put(at, known.display, display, by, from);
}

// `SYSTEM|CODE|DISPLAY` for what is coded, else the value itself; checked when the maps were compiled.
void conversion::fill_constant(node* at, const row& by)
{
    const auto& text = by.pieces.front().literal;
    if (at->type->kind == fhir::primitive::complex)
        return fill_coding(at, by.coded.system, by.coded.code, by.coded.display, by, {});
    at->text = text;
    at->has_text = true;
    at->row = by.number;
    if (trace_)
        trace_->add_fill(at, text);
}

// What a code that the entry stands for becomes. A pattern that becomes itself leaves the code as it is.
std::string_view conversion::translate(const table::entry& by, std::string_view code)
{
    if (!by.is_pattern)
        return by.to;
    const auto star = by.to.find('*');
    if (by.to == by.from)
        return code;
    if (star == std::string_view::npos || !by.from.ends_with('*'))
        return by.to;
    composed_ = by.to.substr(0, star);
    composed_ += code.substr(by.from.size() - 1);
    composed_ += by.to.substr(star + 1);
    return memory_.copy(composed_);
}

void conversion::fill(node* at, std::string_view text, const row& by, const frame& over, const origin& from)
{
    const auto* const codes = by.table_of_caller ? over.codes : by.codes;
    const auto* const entry = codes ? codes->find(text) : nullptr;
    if (trace_ && entry)
        trace_->go_through(entry->number);
    const auto code = entry ? translate(*entry, text) : text;
    if (at->type->kind == fhir::primitive::complex)
        return fill_coding(at, entry ? entry->system : std::string_view(), code, entry ? entry->display : std::string_view(), by, from);
    if (codes && !entry && at->type->kind == fhir::primitive::code) {
        tell(model::severity::warning, "code-invalid", 103, from, "a code that the table " + std::string(codes->name) + " does not have, it is kept as text");
        return keep_as_text(at, text, by, from);
    }
    fill_text(at, code, by, from);
}

void conversion::fill_text(node* at, std::string_view text, const row& by, const origin& from)
{
    const auto kind = at->type->kind;
    const auto ready = to_primitive(kind, text, zone_, memory_);
    const auto& codes = at->element->codes;
    if (!ready.empty() && kind == fhir::primitive::code && !codes.empty() && std::find(codes.begin(), codes.end(), ready) == codes.end()) {
        tell(model::severity::warning, "code-invalid", 103, from, "a code that " + at->element->name + " can't have in FHIR, it is kept as text");
        return keep_as_text(at, text, by, from);
    }
    if (ready.empty()) {
        tell(model::severity::warning, "value", 102, from, "expected " + std::string(what_is_expected(kind)) + ", it is kept as text");
        return keep_as_text(at, text, by, from);
    }
    at->text = ready;
    at->has_text = true;
    at->row = by.number;
    at->from = from;
    if (trace_)
        trace_->add_fill(at, ready);
}

void conversion::keep_as_text(node* at, std::string_view text, const row& by, const origin& from)
{
    if (!at->element->codes.empty())  // a code that must be one of a few can't be absent with an extension: it stands beside it
        at = at->parent;
    const auto [element, as] = at->type->find("extension");  // a resource's is another element than that of what lies below it
    node* const extension = reach(at, {.element = element, .as = as}, std::uint64_t{by.number} + 1, memory_);
    put(extension, fhir::known().url, original_text_url, by, {});
    put(extension, fhir::known().value_string, text, by, from);
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

}  // namespace tieline::adapters::hl7v2
