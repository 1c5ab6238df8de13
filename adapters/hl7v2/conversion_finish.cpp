#include "adapters/hl7v2/conversion.hpp"
#include "adapters/hl7v2/text.hpp"
#include "broker/base/digest.hpp"

#include <algorithm>

// What a conversion does once its rows have run.

namespace tieline::adapters::hl7v2 {

void conversion::finish(const message_map& on)
{
    for (auto one = resources_.rbegin(); one != resources_.rend(); ++one)
        (*one)->dropped = !says_something(&(*one)->root) && (*one)->root.type->name != "MessageHeader";  // a message has one (bdl-12)
    check_required(on);
    if (model::has_error(*found_))
        return;
    for (auto* one : resources_) {
        if (!one->dropped)
            hl7v2::finish(&one->root, memory_);
    }
    const auto& header = message_->segments().front();
    std::string sender;
    for (const unsigned field : {3U, 4U})
        (sender += message_->field(header, field)) += '/';
    const auto control_id = trim(message_->field(header, 10));
    if (control_id.empty())
        tell(model::severity::warning, "required", 101, {.segment = 0, .field = 10, .repetition = 1},
             "the message control id is missing; the resources' ids are made of the message itself");
    identify(resources_, sender, control_id.empty() ? hex(sha256(original_)) : std::string(control_id));
    for (auto* one : resources_) {
        if (one->dropped || one->same || one == bundle_)
            continue;
        profiles_.claim(*one, memory_);
        entries_.push_back(one);
    }
    static const auto* const header_type = fhir::schema::r4().find("MessageHeader");
    const auto header_entry = std::find_if(entries_.begin(), entries_.end(), [](const resource* one) { return one->root.type == header_type; });
    if (header_entry != entries_.end())
        std::rotate(entries_.begin(), header_entry, header_entry + 1);
    std::stable_partition(entries_.begin(), entries_.end(), [this](const resource* one) { return &one->root != attached_to_; });
}

// A segment that must be there must also say something.
void conversion::check_required(const message_map& on)
{
    for (std::size_t node = 1; node < on.rows.size(); node++) {
        const auto& one = on.layout.nodes()[node];
        if (!one.required || on.rows[node].empty() || !layout_.has(static_cast<std::uint16_t>(node)))
            continue;
        const auto& made = variables_[on.rows[node].front().into];
        if (made.what && made.what->dropped)
            found_->push_back({.level = model::severity::warning, .code = "required", .v2_code = 101, .at = std::string(one.text),
                               .diagnostics = "the segment says nothing that could be kept"});
    }
}

std::string conversion::place(const origin& at) const
{
    if (!at.known())
        return {};
    const auto& segment = message_->segments()[at.segment];
    std::string text(segment.name);
    const auto bracket = [&text](unsigned number) {
        if (number > 1)
            text += '[' + std::to_string(number) + ']';
    };
    bracket(segment.occurrence);
    if (!at.field)
        return text;
    text += '-' + std::to_string(at.field);
    bracket(at.repetition);
    for (const unsigned below : {at.component, at.subcomponent}) {
        if (!below)
            break;
        text += '.' + std::to_string(below);
    }
    return text;
}

}  // namespace tieline::adapters::hl7v2
