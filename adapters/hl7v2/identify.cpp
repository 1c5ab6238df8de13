#include "adapters/hl7v2/conversion.hpp"
#include "adapters/hl7v2/identity.hpp"
#include "adapters/hl7v2/write.hpp"
#include "broker/base/digest.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace tieline::adapters::hl7v2 {
namespace {

// The resources of a message by their ids.
class known_ids {
public:
    struct entry {
        resource* what = nullptr;
        int count = 1;  // of those under its name
    };

    void clear(std::size_t most) { slots_.assign(std::bit_ceil(most * 2 + 1), {}); }

    // The entry of the one with this one's id; without anything in it when there is none.
    entry& of(const resource& one)
    {
        std::uint64_t digits = 0;
        std::memcpy(&digits, one.id, sizeof digits);
        for (auto at = (digits * 0x9e3779b97f4a7c15U) >> 32;; at++) {
            auto& slot = slots_[at & (slots_.size() - 1)];
            if (!slot.what || slot.what->id_text() == one.id_text())
                return slot;
        }
    }

private:
    std::vector<entry> slots_{};
};

class identifier {
public:
    void start(std::size_t resources, std::string_view sender, std::string_view control_id)
    {
        known_.clear(resources);
        sender_ = sender;
        control_id_ = control_id;
        order_.clear();
    }

    // By its own number; false for what has none.
    bool name_by_number(resource& one)
    {
        const auto* const number = naming_identifier(one);
        if (!number)
            return false;
        key_ = one.root.type->name;
        const auto system = text_of(*number, fhir::known().identifier_system.element);
        add(system.empty() ? sender_ : system);
        add(text_of(*number, fhir::known().identifier_value.element));
        add_subject_matter(one, key_);
        set_id(one);
        const auto& by = naming_of(*one.root.type);
        settle(one, by.one_of_a_kind);
        if (order_.empty() && by.is_order)
            order_ = one.id_text();
        return true;
    }

    // By content. What refers to another one as its own was made before it: call from the last to the first.
    void name_by_content(resource& one)
    {
        key_ = one.root.type->name;
        add_content(one);
        set_id(one);
        auto*& place = known_.of(one).what;
        if (place) {
            place->same = &one;
            move_missing(&place->root, &one.root);
        }
        place = &one;
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
        set_id(one);
        settle(one, false);
    }

private:
    void add(std::string_view text)
    {
        key_ += '|';
        key_ += text;
    }

    // Who and where are the same in every message that says the same of them; two patients may share a name, and two samples a type.
    void add_content(resource& one)
    {
        const auto& by = naming_of(*one.root.type);
        add(sender_);
        one.of_this_message = by.is_patient || (by.is_specimen && order_.empty());
        add(one.of_this_message ? control_id_ : by.is_specimen ? std::string_view(order_) : "");
        content_.clear();
        write_resource(one, content_);
        add(content_.view());
    }

    void set_id(resource& one)
    {
        write_uuid_v5(key_, one.id);
        one.identified = true;
    }

    // The same id again: the same resource, or another with the same number (two tests under one order number).
    void settle(resource& one, bool merges)
    {
        auto& first = known_.of(one);
        if (!first.what) {
            first.what = &one;
            return;
        }
        if (merges || (naming_of(*one.root.type).is_relative && says_the_same(one, *first.what))) {
            one.same = first.what;
            move_missing(&one.root, &one.same->root);
            return;
        }
        const auto size = key_.size();
        do {
            key_.resize(size);
            add(std::to_string(++first.count));
            set_id(one);
        } while (known_.of(one).what);
        known_.of(one).what = &one;
    }

    // Two relatives may have one name; but what says all the same is one.
    bool says_the_same(resource& one, resource& other)
    {
        content_.clear();
        write_resource(one, content_);
        const std::string written(content_.view());
        content_.clear();
        write_resource(other, content_);
        return content_.view() == written;
    }

    std::string_view sender_, control_id_;
    std::string order_{};  // the first order or report: what comes again with a corrected result
    std::string key_{};
    json_text content_{};
    known_ids known_{};
};

// A result is named within its report, so that its correction finds it.
void join_results(resource& report)
{
    static const auto* const result = fhir::schema::r4().find("DiagnosticReport")->find_element("result");
    for (const node* item = find_child(&report.root, result); item; item = item->more) {
        if (item->to && !item->to->part_of)
            item->to->part_of = &report;
    }
}

}  // namespace

void identify(std::span<resource* const> all, std::string_view sender, std::string_view control_id)
{
    static const auto* const bundle = fhir::schema::r4().find("Bundle");
    thread_local identifier make;
    thread_local std::vector<resource*> by_content, by_context;
    make.start(all.size(), sender, control_id);
    by_content.clear();
    by_context.clear();
    for (auto* one : all) {
        if (one->dropped || one->root.type == bundle)
            continue;
        const auto& by = naming_of(*one->root.type);
        if (by.is_report)
            join_results(*one);
        if (!make.name_by_number(*one))
            (by.one_of_a_kind ? by_content : by_context).push_back(one);
    }
    for (auto one = by_content.rbegin(); one != by_content.rend(); ++one)
        make.name_by_content(**one);
    for (auto* one : by_content) {  // a chain of 20,000 that became one is not walked for each of them
        if (one->same && one->same->same)
            one->same = one->same->same;
    }
    for (auto* one : by_context)
        make.name_by_context(*one);
}

}  // namespace tieline::adapters::hl7v2
