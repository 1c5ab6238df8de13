#include "adapters/hl7v2/conversion.hpp"
#include "adapters/hl7v2/identity.hpp"
#include "adapters/hl7v2/write.hpp"
#include "broker/base/digest.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

namespace tieline::adapters::hl7v2 {
namespace {

// Types of which two that say the same are one.
constexpr std::array<std::string_view, 7> one_of_a_kind = {"Patient", "Practitioner", "PractitionerRole", "Organization",
                                                           "Location", "Specimen", "Device"};

bool is_one_of_a_kind(const resource& one)
{
    return std::find(one_of_a_kind.begin(), one_of_a_kind.end(), one.root.type->name) != one_of_a_kind.end();
}

std::string_view text_named(const node& of, std::string_view name)
{
    for (const node* child = of.child; child; child = child->next) {
        if (child->element->name == name)
            return child->text;
    }
    return {};
}

class identifier {
public:
    identifier(std::string_view sender, std::string_view control_id) : sender_(sender), control_id_(control_id) {}

    // By its own number; false for what has none.
    bool name_by_number(resource& one)
    {
        const auto* const number = naming_identifier(one);
        if (!number)
            return false;
        key_ = one.root.type->name;
        const auto system = text_named(*number, "system");
        add(system.empty() ? sender_ : system);
        add(text_named(*number, "value"));
        add_subject_matter(one, key_);
        set_id(one, uuid_v5(key_));
        settle(one, is_one_of_a_kind(one));
        if (order_.empty() && (one.root.type->name == "ServiceRequest" || one.root.type->name == "DiagnosticReport"))
            order_ = one.id_text();
        return true;
    }

    // By content. What refers to another one as its own was made before it: call from the last to the first.
    void name_by_content(resource& one)
    {
        key_ = one.root.type->name;
        add_content(one);
        set_id(one, uuid_v5(key_));
        const auto [place, added] = known_.try_emplace(one.id_text(), known{&one});
        if (added)
            return;
        place->second.what->same = &one;
        move_missing(&place->second.what->root, &one.root);
        place->second.what = &one;
    }

    // By what it is about, else by its place in this message.
    void name_by_context(resource& one)
    {
        key_ = one.root.type->name;
        add(sender_);
        one.of_this_message = !add_context(one, key_);
        if (one.of_this_message) {
            add(control_id_);
            add(std::to_string(one.segment));
            add(std::to_string(one.order));
        }
        set_id(one, uuid_v5(key_));
        settle(one, false);
    }

private:
    struct known {
        resource* what = nullptr;
        int count = 1;  // of those under its name
    };

    void add(std::string_view text)
    {
        key_ += '|';
        key_ += text;
    }

    // Who and where are the same in every message that says the same of them; two patients may share a name, and two samples a type.
    void add_content(resource& one)
    {
        const auto& type = one.root.type->name;
        add(sender_);
        one.of_this_message = type == "Patient" || (type == "Specimen" && order_.empty());
        add(one.of_this_message ? control_id_ : type == "Specimen" ? std::string_view(order_) : "");
        key_ += '|';
        write_resource(one, key_);
    }

    static void set_id(resource& one, const std::string& id)
    {
        std::copy_n(id.data(), std::min(id.size(), sizeof one.id), one.id);
        one.identified = true;
    }

    // The same id again: the same resource, or another with the same number (two tests under one order number).
    void settle(resource& one, bool merges)
    {
        const auto [first, alone] = known_.try_emplace(one.id_text(), known{&one});
        if (alone)
            return;
        if (merges) {
            one.same = first->second.what;
            move_missing(&one.root, &one.same->root);
            return;
        }
        auto& count = first->second.count;  // stays where it is when the table grows
        do
            set_id(one, uuid_v5(key_ + '|' + std::to_string(++count)));
        while (!known_.try_emplace(one.id_text(), known{&one}).second);
    }

    std::string_view sender_, control_id_;
    std::string order_{};  // the first order or report: what comes again with a corrected result
    std::string key_{};
    std::unordered_map<std::string_view, known> known_{};
};

// A result is named within its report, so that its correction finds it.
void join_results(resource& report)
{
    for (const node* child = report.root.child; child; child = child->next) {
        for (const node* item = child->element->name == "result" ? child : nullptr; item; item = item->more) {
            if (item->to && !item->to->part_of)
                item->to->part_of = &report;
        }
    }
}

}  // namespace

void identify(std::span<resource* const> all, std::string_view sender, std::string_view control_id)
{
    identifier make(sender, control_id);
    std::vector<resource*> by_content, by_context;
    for (auto* one : all) {
        if (one->dropped || one->root.type->name == "Bundle")
            continue;
        if (one->root.type->name == "DiagnosticReport")
            join_results(*one);
        if (!make.name_by_number(*one))
            (is_one_of_a_kind(*one) ? by_content : by_context).push_back(one);
    }
    for (auto one = by_content.rbegin(); one != by_content.rend(); ++one)
        make.name_by_content(**one);
    for (auto* one : by_context)
        make.name_by_context(*one);
}

}  // namespace tieline::adapters::hl7v2
