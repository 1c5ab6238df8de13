#include "adapters/hl7v2/compile.hpp"

#include "adapters/hl7v2/text.hpp"

#include <algorithm>

namespace tieline::adapters::hl7v2 {

struct compiler::message_scope {
    const message_definition& from;
    message_map& to;
};

void compiler::compile_message(const message_definition& from)
{
    auto made = std::make_unique<message_map>();
    made->name = from.name;
    if (from.lines.size() > 1000 || std::any_of(from.lines.begin(), from.lines.end(), [](const auto& line) { return line.depth > 16; }))
        return complain(from.at, "the structure is too large, expected at most 1000 lines and groups in groups 16 deep");
    made->layout = structure(from.lines, to_.names_);
    made->rows.resize(from.lines.size() + 1);
    message_scope scope{.from = from, .to = *made};
    for (std::size_t i = 0; i < from.lines.size(); i++) {
        for (const auto& one : from.lines[i].rows)
            compile_message_row(one, static_cast<std::uint16_t>(i + 1), scope);
    }
    for (const auto event : from.events) {
        const auto colon = std::min(event.find(':'), event.size()), less = std::min(event.find('<', colon), event.size());
        named_event of{.name = event.substr(0, colon), .map = made.get()};
        if (colon < event.size()) {
            of.before = event.substr(colon + 1, less - colon - 1);
            of.after = event.substr(std::min(less + 1, event.size()));
            if (of.before.size() != 3 || of.after.size() != 3)
                return complain(from.at, "expected an event, or one with what comes first, like OUL^R22:OBR<SPM");
        }
        to_.events_.push_back(of);
    }
    to_.messages_.push_back(std::move(made));
}

void compiler::compile_message_row(const map_row& from, std::uint16_t node, message_scope& in)
{
    message_row made{.number = note(from)};
    const auto segment = in.to.layout.nodes()[node].text;
    const map_scope scope{.own = segment, .segment_names = &to_.names_, .conditions = &to_.conditions_, .first_condition = to_.conditions_.size(), .tables = &tables_};
    made.condition = compile_condition(from, scope);
    std::string_view path;
    if (!split_variable(from.target, node, from.at, in, made.into, path))
        return;
    const auto* type = in.to.variables[made.into].of;
    std::string expected;
    if (!path.empty()) {
        auto end = read_path(path, *type, expected);
        if (!end)
            return complain(from.at, expected);
        made.path = std::move(end->steps);
        type = end->type;
    }
    if (!from.map.empty()) {
        made.call = map_named(from.map);
        if (!made.call || !made.call->of_segment)
            return complain(from.at, "there is no segment map " + std::string(from.map));
        if (made.call->root != type)
            return complain(from.at, std::string(from.map) + " makes a " + made.call->root->name + ", but the target is a " + type->name);
        if (!made.call->name.starts_with(segment) && !made.call->name.starts_with("MSH["))
            return complain(from.at, std::string(from.map) + " is not about " + std::string(segment));
    }
    if (!from.table.empty() || !from.value.empty())
        return complain(from.at, "expected no = and no @ in a message map");
    for (const auto& reference : from.references)
        compile_reference(reference, from.at, node, in, made);
    in.to.rows[node].push_back(std::move(made));
}

// A target of a message map begins with a resource: `Observation[2].note`.
bool compiler::split_variable(std::string_view target, std::uint16_t node, const file_place& at, message_scope& in,
                              std::uint16_t& variable, std::string_view& path)
{
    auto end = target.find_first_of(".[");
    if (end != std::string_view::npos && target[end] == '[')
        end = std::min(target.size(), target.find(']', end)) + 1;
    variable = use_variable(target.substr(0, end), node, at, in);
    path = end < target.size() ? target.substr(end + 1) : std::string_view();
    return variable != no_node;
}

std::uint16_t compiler::use_variable(std::string_view name, std::uint16_t node, const file_place& at, message_scope& in)
{
    auto& variables = in.to.variables;
    const auto known = std::find_if(variables.begin(), variables.end(), [&](const variable& one) { return one.name == name; });
    if (known != variables.end()) {
        known->owner = in.to.layout.common(known->owner, node);
        return static_cast<std::uint16_t>(known - variables.begin());
    }
    const auto* const type = fhir::schema::r4().find(name.substr(0, name.find('[')));
    if (!type || !type->is_resource()) {
        complain(at, "expected a FHIR R4 resource type as the target, for instance Patient or Observation[2]");
        return no_node;
    }
    variables.push_back({.name = name, .of = type, .owner = node});
    return static_cast<std::uint16_t>(variables.size() - 1);
}

void compiler::read_key(std::string_view text, const file_place& at, std::uint16_t node, message_scope& in, std::vector<piece>& into)
{
    const map_scope scope{.own = in.to.layout.nodes()[node].text, .segment_names = &to_.names_, .conditions = &to_.conditions_, .tables = &tables_};
    std::string expected;
    auto pieces = read_pieces(text, scope, expected);
    if (!pieces || pieces->empty())
        return complain(at, "in the key: expected texts in quotes and places, for instance OBR-3.1 \"/\" OBX-3.1 " + expected);
    into = std::move(*pieces);
}

// Cuts ` at KEY` off one side of a reference.
std::string_view compiler::take_key(std::string_view side, const file_place& at, std::uint16_t node, message_scope& in, std::vector<piece>& into)
{
    const auto word = side.find(" at ");
    if (word == std::string_view::npos)
        return side;
    read_key(side.substr(word + 4), at, node, in, into);
    return trim(side.substr(0, word));
}

void compiler::compile_reference(const std::pair<std::string_view, std::string_view>& from, const file_place& at, std::uint16_t node,
                                 message_scope& in, message_row& into)
{
    if (from.first == "key")
        return read_key(from.second, at, node, in, into.key);
    reference_rule made{.in = into.into};
    const auto left = take_key(from.first, at, node, in, made.in_at), right = take_key(from.second, at, node, in, made.to_at);
    std::string_view path = left;
    if (path.empty() || (path[0] >= 'A' && path[0] <= 'Z' && !split_variable(left, node, at, in, made.in, path)))
        return;
    std::string_view rest;
    if (!split_variable(right, node, at, in, made.to, rest))
        return;
    std::string expected;
    auto end = read_path(path, *in.to.variables[made.in].of, expected);
    if (!end || !enter(*end, *in.to.variables[made.to].of, expected) || !rest.empty())
        return complain(at, "in the reference: " + (expected.empty() ? "expected a resource after =" : expected));
    end->steps.back().enter = nullptr;
    made.path = std::move(end->steps);
    into.references.push_back(std::move(made));
}

}  // namespace tieline::adapters::hl7v2
