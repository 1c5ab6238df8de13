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

}  // namespace

std::string entry_value(const model::received& message, const entry_head& head)
{
    packer to;
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
    unpacker from(value);
    model::entry made{.at = at};
    const bool known = from.number() == form;
    made.refused = from.number() != 0;
    made.message.at = instant(std::chrono::microseconds(from.number()));
    made.message.listener = from.text();
    made.message.peer = from.text();
    made.message.sender = from.text();
    made.message.request = from.text();
    made.message.content_type = from.text();
    from.text();  // control id, type and content hash: for who looks at the store with other tools
    from.text();
    from.text();
    made.message.bytes = from.text();
    if (!known || !from.ok() || !from.done())
        return error_code(errc::corrupt);
    return made;
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
