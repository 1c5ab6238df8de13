#include "adapters/hl7v2/compile.hpp"

#include "adapters/hl7v2/text.hpp"

#include <algorithm>

// Tables: thousands of lines, so nothing is done here per line that can be done per table.

namespace tieline::adapters::hl7v2 {
namespace {

// Writes the ids of a line, with its code in the place of a `*`, to the end of a text that has room for it.
std::string_view write_ids(const table_line& of, std::string& to)
{
    const auto start = to.size();
    const auto star = std::min(of.ids.find('*'), of.ids.size());
    to += of.ids.substr(0, star);
    if (star < of.ids.size())
        to.append(of.from).append(of.ids.substr(star + 1));
    return std::string_view(to).substr(start);
}

int compare_codes(const table_definition& of, std::string_view left, std::string_view right)
{
    return of.any_case ? compare_in_any_case(left, right) : left.compare(right);
}

// The lines by code; of the same code the one of the last layer first.
std::vector<const table_line*> sorted(const table_definition& of)
{
    std::vector<const table_line*> made;
    made.reserve(of.lines.size());
    for (const auto& one : of.lines)
        made.push_back(&one);
    std::stable_sort(made.begin(), made.end(), [&](const table_line* a, const table_line* b) {
        const int order = compare_codes(of, a->from, b->from);
        return order ? order < 0 : a->is_pattern != b->is_pattern ? b->is_pattern : a->at.layer > b->at.layer;
    });
    return made;
}

}  // namespace

void compiler::declare_tables()
{
    for (const auto& [name, definition] : from_.tables) {
        auto made = std::make_unique<table>();
        made->name = name;
        made->any_case = definition.any_case;
        compile_table(definition, *made);
        tables_[name] = made.get();
        to_.tables_.push_back(std::move(made));
    }
}

void compiler::compile_table(const table_definition& from, table& into)
{
    std::size_t room = 0;
    for (const auto& one : from.lines)
        room += one.ids.size() + one.from.size();
    into.ids.reserve(room);  // the entries have views into it
    into.exact.reserve(from.lines.size());
    const table_line* before = nullptr;
    for (const auto* const one : sorted(from)) {
        if (before && before->is_pattern == one->is_pattern && compare_codes(from, before->from, one->from) == 0) {
            if (before->at.layer == one->at.layer)
                complain(one->at, "the code is in this table already, in line " + std::to_string(before->at.line));
            continue;
        }
        before = one;
        if (!one->removes)
            compile_code(from, *one, into);
    }
    into.index();
    std::stable_sort(into.patterns.begin(), into.patterns.end(), [](const auto& a, const auto& b) { return a.from.size() > b.from.size(); });
}

void compiler::compile_code(const table_definition& of, const table_line& from, table& into)
{
    const auto ids = write_ids(from, into.ids);
    auto& entries = from.is_pattern ? into.patterns : into.exact;
    entries.push_back({.from = from.from, .to = from.to, .display = from.display, .system = from.system.empty() ? of.system : from.system, .ids = ids,
                       .is_pattern = from.is_pattern, .number = static_cast<std::uint32_t>(to_.notes_.size())});
    to_.notes_.push_back({.at = from.at, .ids = ids});
}

}  // namespace tieline::adapters::hl7v2
