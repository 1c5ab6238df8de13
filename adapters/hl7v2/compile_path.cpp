#include "adapters/hl7v2/compile_text.hpp"

#include <algorithm>

namespace tieline::adapters::hl7v2 {
namespace {

std::uint32_t label_number(std::string_view label)
{
    std::uint32_t value = 2166136261U;  // FNV-1a: two labels of one element are never so alike that this could mix them up
    for (const char c : label)
        value = (value ^ static_cast<unsigned char>(c)) * 16777619U;
    return value;
}

std::string element_names(const fhir::type& of)
{
    std::string names;
    for (const fhir::type* from = &of; from && from->name != "Element" && from->name != "DomainResource"; from = from->base) {
        for (const auto& element : from->elements)
            names += (names.empty() ? "" : ", ") + (element.alternatives.size() > 1 ? element.name + "[x]" : element.name);
    }
    return names;
}

class path_reader {
public:
    path_reader(std::string_view text, const fhir::type& root, std::string& expected) : rest_(text), expected_(expected)
    {
        path_.type = &root;
    }

    std::optional<path_end> read()
    {
        if (rest_ == "$")
            return path_;
        if (rest_.starts_with("$[")) {
            const auto end = std::min(rest_.find("]."), rest_.size());
            path_.beside = label_number(rest_.substr(2, end - 2));
            rest_.remove_prefix(std::min(end + 2, rest_.size()));
        }
        unsigned open = 0;
        for (;;) {
            if (!read_element())
                return std::nullopt;
            for (; take('('); open++) {
                if (!read_resource())
                    return std::nullopt;
            }
            while (open && take(')'))
                open--;
            if (rest_.empty())
                break;
            if (!take('.'))
                return fail("expected a dot before " + std::string(rest_));
        }
        return open ? fail("expected a closing parenthesis") : std::optional(std::move(path_));
    }

private:
    std::nullopt_t fail(std::string why)
    {
        expected_ = std::move(why);
        return std::nullopt;
    }

    bool take(char wanted)
    {
        if (!rest_.starts_with(wanted))
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::string_view take_name()
    {
        const auto name = rest_.substr(0, rest_.find_first_of(".[]()"));
        rest_.remove_prefix(name.size());
        return name;
    }

    bool read_element()
    {
        const auto name = take_name();
        if (name.empty() && path_.type->is_resource() && rest_.starts_with(')'))
            return true;
        const auto [element, as] = path_.type->find(name);
        if (!element) {
            expected_ = path_.type->name + " has no element " + std::string(name) + ", expected one of: " + element_names(*path_.type);
            return false;
        }
        step made{.element = element, .as = as};
        if (take('[') && !read_label(made))
            return false;
        path_.steps.push_back(made);
        path_.type = as->of;
        path_.element = element;
        return true;
    }

    bool read_label(step& of)
    {
        const auto label = rest_.substr(0, rest_.find(']'));
        rest_.remove_prefix(std::min(rest_.size(), label.size() + 1));
        if (!of.element->many) {
            expected_ = of.element->name + " does not repeat, expected no brackets";
            return false;
        }
        of.in_turn = label == "#";
        if (of.in_turn)
            return true;
        of.label = label.empty() ? 0 : label_number(label);
        of.spreads = !path_.spreads;  // only the first one takes the repetitions
        path_.spreads = true;
        if (of.as->of->name == "Extension")
            of.url = label.substr(0, label.find(' '));  // what follows a blank only tells two of them apart
        return true;
    }

    // `(Type.path` or `(Type)`.
    bool read_resource()
    {
        const auto name = take_name();
        const auto* const type = fhir::schema::r4().find(name);
        if (!type || !type->is_resource()) {
            expected_ = "expected a resource type in parentheses instead of " + std::string(name);
            return false;
        }
        if (!enter(path_, *type, expected_))
            return false;
        return !take('.') || read_element();
    }

    std::string_view rest_;
    std::string& expected_;
    path_end path_{};
};

}  // namespace

std::optional<path_end> read_path(std::string_view text, const fhir::type& root, std::string& expected)
{
    return path_reader(text, root, expected).read();
}

bool enter(path_end& path, const fhir::type& resource, std::string& expected)
{
    if (!path.type || path.type->name != "Reference" || path.steps.empty()) {
        expected = "expected a reference before a resource type";
        return false;
    }
    const auto& targets = path.steps.back().as->targets;
    if (!targets.empty() && std::find(targets.begin(), targets.end(), &resource) == targets.end()) {
        expected = path.element->name + " can't refer to " + resource.name + ", expected one of:";
        for (const auto* target : targets)
            expected += " " + target->name;
        return false;
    }
    path.steps.back().enter = &resource;
    path.type = &resource;
    return true;
}

}  // namespace tieline::adapters::hl7v2
