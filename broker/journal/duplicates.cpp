#include "broker/journal/duplicates.hpp"

#include "broker/base/pack.hpp"
#include "broker/journal/keys.hpp"

#include <algorithm>

namespace tieline::journal {
namespace {

std::string_view view(const sha256_digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

}  // namespace

std::string to_value(const first_message& one)
{
    return packer()
        .text(view(one.content))
        .number(one.at.value)
        .number(static_cast<std::uint64_t>(one.time.time_since_epoch().count()))
        .number(one.answered_later)
        .take();
}

result<first_message> first_message_of(std::string_view value)
{
    unpacker from(value);
    first_message one;
    const auto content = from.text();
    one.at = {from.number()};
    one.time = instant(std::chrono::microseconds(from.number()));
    one.answered_later = from.number() != 0;
    if (!from.ok() || content.size() != one.content.size())
        return error_code(store::errc::corrupt);
    std::copy(content.begin(), content.end(), one.content.begin());
    return one;
}

void erase_answer(store::store& from, store::batch& in, std::string_view answer_key, offset at)
{
    in.erase(store::family::answer, settled_key(answer_key, at));
    const auto value = from.get(store::family::answer, answer_key);
    if (!value || !*value)
        return;
    if (const auto first = first_message_of(**value); first && first->at == at)
        in.erase(store::family::answer, answer_key);
}

result<receipt> duplicates::decide(const waiting& one)
{
    const auto time = one.entry->message.at;
    receipt fresh{.time = time};
    if (one.answer_key.empty() || !one.answer_duplicates)
        return fresh;
    const auto found = find(one.answer_key);
    if (!found)
        return found.error();
    const auto& first = *found;
    if (!first || time - first->time > one.duplicate_window)
        return fresh;
    if (first->content != one.content)
        return receipt{.what = receipt::kind::changed, .time = time};
    receipt repeat{.what = receipt::kind::repeat, .at = first->at, .time = first->time};
    if (!first->answered_later)
        return repeat;
    const auto answer = settled(one.answer_key, first->at);
    if (!answer)
        return answer.error();
    if (*answer == settlement::negative)
        return fresh;  // the resend of what was answered negatively is a new message
    repeat.answer_pending = *answer == settlement::pending;
    return repeat;
}

void duplicates::note(store::batch& in, const waiting& one)
{
    if (one.answer_key.empty())
        return;
    const first_message first{.content = one.content,
                              .at = one.entry->at,
                              .time = one.entry->message.at,
                              .answered_later = one.answered_later};
    in.put(store::family::answer, one.answer_key, to_value(first));
    in_batch_[one.answer_key] = first;
}

result<std::optional<first_message>> duplicates::find(const std::string& key)
{
    if (const auto known = in_batch_.find(key); known != in_batch_.end())
        return std::optional(known->second);
    const auto value = store_.get(store::family::answer, key);
    if (value.has_error() && value.error() == store::errc::corrupt)
        return std::optional<first_message>{};  // what can't be known: a message too many is better than a sender shut out
    if (!value)
        return value.error();
    if (!*value)
        return std::optional<first_message>{};
    const auto first = first_message_of(**value);
    return first ? std::optional(*first) : std::nullopt;
}

result<duplicates::settlement> duplicates::settled(const std::string& key, offset at)
{
    const auto value = store_.get(store::family::answer, settled_key(key, at));
    if (value.has_error() && value.error() == store::errc::corrupt)
        return settlement::negative;  // as above
    if (!value)
        return value.error();
    if (!*value)
        return settlement::pending;
    return **value == "1" ? settlement::positive : settlement::negative;
}

}  // namespace tieline::journal
