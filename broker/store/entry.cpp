#include "broker/store/entry.hpp"

#include "broker/base/pack.hpp"

namespace tieline::store {
namespace {

constexpr std::uint64_t form = 1;

/// The value at an offset, which has to be there.
result<std::string> need(store& from, family in, offset at)
{
    auto value = from.get(in, key_of(at.value));
    if (!value)
        return value.error();
    if (!*value)
        return error_code(errc::not_found);
    return std::move(**value);
}

struct parsed {
    entry_label label{};
    std::string_view bytes{};
};

/// What `entry_value` wrote; none when it is something else.
std::optional<parsed> read_value(std::string_view value)
{
    unpacker from(value);
    parsed made;
    auto& [label, bytes] = made;
    const bool known = from.number() == form;
    label.refused = from.number() != 0;
    label.message.at = instant(std::chrono::microseconds(from.number()));
    label.message.listener = from.text();
    label.message.peer = from.text();
    label.message.sender = from.text();
    label.message.request = from.text();
    label.message.content_type = from.text();
    label.control_id = from.text();
    label.type = from.text();
    label.content = from.text();
    bytes = from.text();
    label.bytes = bytes.size();
    if (!known || !from.ok() || !from.done())
        return std::nullopt;
    return made;
}

}  // namespace

std::string entry_value(const model::received& message, const entry_head& head)
{
    packer to(message.bytes.size() + 256);
    to.number(form)
        .number(head.refused)
        .number(static_cast<std::uint64_t>(message.at.time_since_epoch().count()))
        .text(message.listener)
        .text(message.peer)
        .text(message.sender)
        .text(message.request)
        .text(message.content_type)
        .text(head.control_id)
        .text(head.type)
        .text(head.content)
        .text(message.bytes);
    return to.take();
}

result<model::entry> entry_of(offset at, std::string_view value)
{
    auto read = read_value(value);
    if (!read)
        return error_code(errc::corrupt);
    model::entry made{.at = at, .message = std::move(read->label.message), .refused = read->label.refused};
    made.message.bytes = read->bytes;
    return made;
}

result<entry_label> read_label(store& from, offset at)
{
    const auto value = need(from, family::entry, at);
    if (!value)
        return value.error();
    auto read = read_value(*value);
    if (!read)
        return error_code(errc::corrupt);
    return std::move(read->label);
}

result<model::entry> read_entry(store& from, offset at)
{
    const auto value = need(from, family::entry, at);
    if (!value)
        return value.error();
    return entry_of(at, *value);
}

result<std::string> read_bundle(store& from, offset at)
{
    const auto value = need(from, family::bundle, at);
    if (!value)
        return value.error();
    return expand(*value);
}

}  // namespace tieline::store
