#include "broker/deliver/pauses.hpp"

#include "broker/base/pack.hpp"

namespace tieline::deliver {
namespace {

std::string key_of(std::string_view destination) { return "paused/" + std::string(destination); }

}  // namespace

void put_pause(store::batch& in, std::string_view destination, const paused& what)
{
    packer to;
    to.text(what.who).text(what.reason).number(static_cast<std::uint64_t>(what.at.time_since_epoch().count()));
    in.put(store::family::meta, key_of(destination), to.take());
}

void erase_pause(store::batch& in, std::string_view destination) { in.erase(store::family::meta, key_of(destination)); }

result<std::optional<paused>> read_pause(store::store& from, std::string_view destination)
{
    const auto value = from.get(store::family::meta, key_of(destination));
    if (!value)
        return value.error();
    if (!*value)
        return std::optional<paused>();
    unpacker in(**value);
    paused what;
    what.who = in.text();
    what.reason = in.text();
    what.at = instant(std::chrono::microseconds(static_cast<std::int64_t>(in.number())));
    if (!in.ok())
        return store::make_error_code(store::errc::corrupt);
    return std::optional(std::move(what));
}

std::string to_text(const paused& what)
{
    auto text = what.who.empty() ? std::string("paused itself") : "paused by " + what.who;
    return what.reason.empty() ? text : text + ": " + what.reason;
}

}  // namespace tieline::deliver
