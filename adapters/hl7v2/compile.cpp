#include "adapters/hl7v2/compile.hpp"

#include "adapters/hl7v2/text.hpp"

#include <algorithm>

namespace tieline::adapters::hl7v2 {
namespace {

// `PID` of `PID[Patient]`; `Patient` of `PID[Patient-Variant]`.
std::string_view own_name(std::string_view map) { return map.substr(0, map.find('[')); }

std::string_view root_name(std::string_view map)
{
    const auto open = map.find('[');
    const auto root = open == std::string_view::npos ? std::string_view() : map.substr(open + 1);
    return root.substr(0, root.find_first_of("-]"));
}

std::string_view take_word(std::string_view& text)
{
    text = trim(text);
    const bool quoted = text.starts_with('"');
    const auto word = quoted ? text.substr(1, text.find('"', 1) - 1) : text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + (quoted ? 2 : 0)));
    return word;
}

// The `LABEL.` in front of the targets of a chained map.
std::string_view local_label(std::string_view target)
{
    const auto end = target.find("].");
    return target.starts_with('[') && end != std::string_view::npos ? target.substr(1, end - 1) : std::string_view();
}

}  // namespace

void compiler::compile()
{
    declare_tables();
    declare_maps(from_.segments, true);
    declare_maps(from_.datatypes, false);
    for (const auto& [name, definition] : from_.segments)
        compile_map(definition, *maps_[name]);
    for (const auto& [name, definition] : from_.datatypes)
        compile_map(definition, *maps_[name]);
    for (const auto& [name, definition] : from_.messages)
        compile_message(definition);
    for (auto& message : to_.messages_)
        message->layout.prepare(to_.names_.size());
}

void compiler::declare_maps(const std::map<std::string_view, map_definition>& definitions, bool of_segment)
{
    for (const auto& [name, definition] : definitions) {
        auto made = std::make_unique<map>();
        made->name = name;
        made->of_segment = of_segment;
        made->root = fhir::schema::r4().find(root_name(name));
        if (!made->root) {
            complain(definition.at, "expected a name as " + std::string(of_segment ? "PID[Patient]" : "CX[Identifier]") +
                                        " with a FHIR R4 type in brackets");
            made->root = fhir::schema::r4().find("Element");
        }
        declare_chain(definition, *made);
        maps_[name] = made.get();
        to_.maps_.push_back(std::move(made));
    }
}

void compiler::declare_chain(const map_definition& from, map& into)
{
    auto argument = from.argument;
    if (argument.empty())
        return;
    const auto link = take_word(argument);
    std::string expected;
    auto path = read_path(link, *into.root, expected);
    if (!path || !enter(*path, *into.root, expected) || trim(argument).empty())
        return complain(from.at, "expected the reference and the resources of a chain, for instance partOf bed room ward: " + expected);
    into.chain_link = path->steps;
    into.chain_link.back().enter = nullptr;  // the next resource is there already
    while (!trim(argument).empty())
        into.chain.push_back(take_word(argument));
}

const map* compiler::map_named(std::string_view name) const
{
    const auto found = maps_.find(name);
    return found == maps_.end() ? nullptr : found->second;
}

std::uint32_t compiler::note(const map_row& from)
{
    to_.notes_.push_back({.at = from.at, .ids = from.ids, .source = from.source, .target = from.target, .condition = from.condition});
    return static_cast<std::uint32_t>(to_.notes_.size() - 1);
}

void compiler::compile_map(const map_definition& from, map& into)
{
    const map_scope scope{.own = own_name(from.name), .of_segment = into.of_segment, .segment_names = &to_.names_,
                          .conditions = &to_.conditions_, .first_condition = to_.conditions_.size(), .tables = &tables_};
    if (into.of_segment)
        into.about = to_.names_.add(scope.own);
    into.rows.resize(from.rows.size());
    for (std::size_t i = 0; i < from.rows.size(); i++)
        compile_row(from.rows[i], scope, into, into.rows[i]);
    into.conditions = static_cast<std::uint16_t>(to_.conditions_.size() - scope.first_condition);
    sort_rows(into);
    choose_rows(into);
}

void compiler::sort_rows(map& of)
{
    std::stable_sort(of.rows.begin(), of.rows.end(), [](const row& a, const row& b) { return a.field < b.field; });
    for (std::uint16_t at = 0; at < of.rows.size(); at++) {
        if (of.fields.empty() || of.fields.back().field != of.rows[at].field)
            of.fields.push_back({.field = of.rows[at].field, .begin = at});
        of.fields.back().end = static_cast<std::uint16_t>(at + 1);
    }
}

void compiler::compile_row(const map_row& from, const map_scope& scope, const map& owner, row& into)
{
    into.number = note(from);
    const auto where = read_source(from.source, scope);
    if (!where)
        return complain(from.at, "expected a field as " + std::string(scope.own) + (scope.of_segment ? "-1" : ".1") + " before the arrow");
    into.from = into.argument = *where;
    into.field = where->own ? where->field : std::uint16_t{0};
    into.condition = compile_condition(from, scope);
    if (!from.references.empty())
        complain(from.at, "expected & only in message maps");
    for (const std::string_view told : {"error ", "warning ", "information "}) {
        if (from.target.starts_with(told))
            return compile_tell(from, scope, into);
    }
    if (from.target.starts_with("nothing "))
        return compile_clear(from, owner, into);
    compile_value(from, scope, into);
    compile_target(from, owner, into);
}

// `nothing value`: an element of the root that another row filled and that must not be.
void compiler::compile_clear(const map_row& from, const map& owner, row& into)
{
    std::string expected;
    auto path = read_path(from.target.substr(std::string_view("nothing ").size()), *owner.root, expected);
    if (!path || path->steps.size() != 1 || !from.value.empty() || !from.map.empty() || !from.table.empty())
        return complain(from.at, "expected one element of the root, and no value, after nothing " + expected);
    into.what = row::action::clear;
    into.target = std::move(path->steps);
}

std::int32_t compiler::compile_condition(const map_row& from, const map_scope& scope)
{
    if (from.condition.empty())
        return -1;
    std::string expected;
    const auto made = read_condition(from.condition, scope, expected);
    if (!made)
        complain(from.at, "in the condition: " + expected);
    return made.value_or(-1);
}

void compiler::compile_tell(const map_row& from, const map_scope& scope, row& into)
{
    const auto space = from.target.find(' ');
    const auto level = from.target.substr(0, space);
    std::string expected;
    auto pieces = read_pieces(from.target.substr(space), scope, expected);
    if (!pieces || pieces->size() != 1 || pieces->front().what != piece::kind::literal)
        return complain(from.at, "expected a text in quotes after " + std::string(level));
    into.what = row::action::tell;
    into.level = level == "error" ? model::severity::error : level == "warning" ? model::severity::warning : model::severity::information;
    into.pieces = std::move(*pieces);
}

void compiler::compile_value(const map_row& from, const map_scope& scope, row& into)
{
    if (!from.table.empty() && from.table != "caller") {
        const auto found = tables_.find(from.table);
        if (found == tables_.end())
            complain(from.at, "there is no table " + std::string(from.table));
        else
            into.codes = found->second;
    }
    into.table_of_caller = from.table == "caller";
    if (from.value.empty())
        return;
    std::string expected;
    auto pieces = read_pieces(from.value, scope, expected);
    if (!pieces)
        return complain(from.at, expected);
    const bool one_place = pieces->size() == 1 && pieces->front().what == piece::kind::value;
    if (one_place)
        into.argument = pieces->front().from;
    if (one_place && (!from.map.empty() || !from.table.empty()))
        return;
    const bool is_original = pieces->size() == 1 && pieces->front().what == piece::kind::original;
    into.what = is_original ? row::action::attach : row::action::compose;
    into.constant = std::all_of(pieces->begin(), pieces->end(), [](const piece& one) { return one.what == piece::kind::literal; });
    into.pieces = std::move(*pieces);
    if (const auto text = into.constant ? into.pieces.front().literal : std::string_view(); !text.empty())
        into.coded = {part_of(text, '|', 1), part_of(text, '|', 2), part_of(text, '|', 3)};
}

void compiler::compile_target(const map_row& from, const map& owner, row& into)
{
    std::string expected;
    auto target = from.target;
    if (!owner.chain.empty()) {
        const auto label = local_label(target);
        const auto place = std::find(owner.chain.begin(), owner.chain.end(), label);
        if (place == owner.chain.end() && label != "*")
            return complain(from.at, "expected one of the map's resources in brackets in front of the target");
        into.local = label == "*" ? innermost : static_cast<std::uint16_t>(place - owner.chain.begin() + 1);
        target.remove_prefix(label.size() + 3);
    }
    auto path = read_path(target, *owner.root, expected);
    if (!path)
        return complain(from.at, expected);
    into.beside = path->beside;
    // Lines are all repetitions at once.
    const auto takes_all = [](const piece& one) { return one.what == piece::kind::lines || one.what == piece::kind::encoded; };
    into.spreads = path->spreads && !into.from.repetition && std::none_of(into.pieces.begin(), into.pieces.end(), takes_all);
    if (!from.map.empty())
        return compile_call(from, std::move(*path), into);
    check_copy(from, *path, into);
    into.target = std::move(path->steps);
}

void compiler::compile_call(const map_row& from, path_end path, row& into)
{
    into.call = map_named(from.map);
    if (!into.call || into.call->of_segment)
        return complain(from.at, "there is no data type map " + std::string(from.map));
    if (into.what == row::action::compose)
        return complain(from.at, "a map takes one place, expected no texts put together");
    into.what = row::action::call;
    const auto* const root = into.call->root;
    std::string expected;
    if (root->is_resource() && path.type->name == "Reference" && into.call->chain.empty()) {
        if (!enter(path, *root, expected))
            return complain(from.at, expected);
    } else if (!into.call->chain.empty()) {
        // The map makes its resources itself; the reference is to the innermost one.
        if (path.type == root && !path.steps.empty())
            path.steps.back().enter = nullptr;
        else if (!enter(path, *root, expected))
            return complain(from.at, expected);
        path.steps.back().enter = nullptr;
    } else if (path.type != root && !(path.type->base == root || root->base == path.type)) {
        return complain(from.at, std::string(from.map) + " makes a " + root->name + ", but the target is a " + path.type->name);
    }
    into.target = std::move(path.steps);
}

// A text can only go where a text fits.
void compiler::check_copy(const map_row& from, const path_end& path, const row& into)
{
    const bool coding = path.type->name == "Coding" || path.type->name == "CodeableConcept";
    if (path.type->kind == fhir::primitive::complex && !(coding && (into.constant || into.codes || into.table_of_caller)))
        return complain(from.at, "the target is a " + path.type->name + ", expected a map for it after :" +
                                     (coding ? ", a table after @, or \"SYSTEM|CODE|DISPLAY\" after =" : ""));
    if (!into.constant || !path.element || path.element->codes.empty() || coding)
        return;
    const auto& codes = path.element->codes;
    if (std::find(codes.begin(), codes.end(), into.pieces.front().literal) == codes.end()) {
        std::string known;
        for (const auto& code : codes)
            known += (known.empty() ? "" : ", ") + code;
        complain(from.at, path.element->name + " takes only one of: " + known);
    }
}

}  // namespace tieline::adapters::hl7v2
