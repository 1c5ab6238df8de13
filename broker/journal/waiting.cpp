#include "broker/journal/waiting.hpp"

#include "broker/journal/keys.hpp"

namespace tieline::journal {

waiting::waiting(submission given)
    : entry(std::move(given.entry)), control_id(std::move(given.control_id)), type(std::move(given.type)),
      found(std::move(given.found)), answer_duplicates(given.answer_duplicates), answered_later(given.answered_later),
      duplicate_window(given.duplicate_window)
{
    if (entry->message.at == instant{})
        entry->message.at = now();
    content = sha256(entry->message.bytes);
    bytes = entry->message.bytes.size();
    if (!control_id.empty()) {
        control_id_key = control_id_prefix(control_id);
        if (!entry->refused)
            answer_key = answer_key_of(entry->message.sender, control_id);
    }
    if (const auto& own = entry->message.identity; !own.empty()) {
        answer_key = identity_key_of(entry->message.listener, own);
        answer_duplicates = true;
        duplicate_window = std::chrono::years(1000);
    }
    if (!type.empty())
        type_key = type_prefix(type);
}

}  // namespace tieline::journal
