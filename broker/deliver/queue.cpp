#include "broker/deliver/queue.hpp"

#include "broker/base/pack.hpp"
#include "broker/deliver/dispatcher.hpp"

#include <boost/assert.hpp>

namespace tieline::deliver {
namespace {

// The first number of every value, so that a later form can be told.
constexpr std::uint64_t form_of_rows = 1;
constexpr std::uint64_t form_with_acknowledgment = 2;

std::string prefix_of(std::string_view destination, model::delivery_state state)
{
    BOOST_ASSERT(state == model::delivery_state::waiting || state == model::delivery_state::held);
    std::string key(destination);
    key += '\0';
    key += state == model::delivery_state::waiting ? 'w' : 'h';
    return key;
}

// The first offset that is not below this key, which may be longer than a row's.
offset beyond(std::string_view key)
{
    const auto at = offset_in(key);
    return key.size() > key.find('\0') + 2 + 8 ? offset{at.value + 1} : at;
}

std::uint64_t ticks(instant at) { return static_cast<std::uint64_t>(at.time_since_epoch().count()); }

instant at_ticks(std::uint64_t ticks) { return instant(std::chrono::microseconds(static_cast<std::int64_t>(ticks))); }

}  // namespace

std::string row_key(std::string_view destination, model::delivery_state state, offset at)
{
    auto key = prefix_of(destination, state);
    append_big_endian(key, at.value);
    return key;
}

offset offset_in(std::string_view key) { return {read_big_endian(key.substr(key.find('\0') + 2))}; }

std::string pack(const model::delivery& row)
{
    packer to;
    const bool own = row.form == model::content::acknowledgment;
    to.number(own ? form_with_acknowledgment : form_of_rows).number(static_cast<std::uint64_t>(row.state)).number(static_cast<std::uint64_t>(row.form));
    to.text(row.key).number(row.tries).number(ticks(row.since)).number(ticks(row.next_try)).text(row.last_answer);
    if (own)
        to.text(row.acknowledgment);
    return to.take();
}

std::optional<model::delivery> unpack(std::string_view value)
{
    unpacker from(value);
    const auto form = from.number();
    if (form != form_of_rows && form != form_with_acknowledgment)
        return std::nullopt;
    model::delivery row;
    row.state = static_cast<model::delivery_state>(from.number());
    row.form = static_cast<model::content>(from.number());
    row.key = from.text();
    row.tries = static_cast<std::uint32_t>(from.number());
    row.since = at_ticks(from.number());
    row.next_try = at_ticks(from.number());
    row.last_answer = from.text();
    if (form == form_with_acknowledgment)
        row.acknowledgment = from.text();
    return from.ok() ? std::optional(std::move(row)) : std::nullopt;
}

void put_delivery(store::batch& in, const queued& one)
{
    in.put(store::family::delivery, row_key(one.destination, one.what.state, one.at), pack(one.what));
}

result<std::optional<model::delivery>> read_row(store::store& from, std::string_view destination,
                                                model::delivery_state state, offset at)
{
    const auto value = from.get(store::family::delivery, row_key(destination, state, at));
    if (!value)
        return value.error();
    if (!*value)
        return std::optional<model::delivery>();
    auto row = unpack(**value);
    if (!row)
        return store::make_error_code(store::errc::corrupt);
    return row;
}

error_code scan_rows(store::store& from, std::string_view destination, model::delivery_state state, offset after,
                     const std::function<bool(offset at, const model::delivery& row)>& each,
                     const std::function<void(offset first, offset until)>& passed_over)
{
    const auto prefix = prefix_of(destination, state);
    auto end = prefix;
    end.back()++;  // the next state's letter: behind all offsets
    const auto read = [&](std::string_view key, std::string_view value) {
        const auto at = offset_in(key);
        const auto row = unpack(value);
        if (!row && passed_over)
            passed_over(at, {at.value + 1});
        return !row || each(at, *row);
    };
    const auto tell = [&](std::string_view first, std::string_view until) {
        if (passed_over)
            passed_over(beyond(first), until.empty() || until >= end ? offset{~0ULL} : beyond(until));
    };
    return from.scan(store::family::delivery, row_key(destination, state, {after.value + 1}), end, read, tell);
}

result<std::vector<std::string>> destinations_with_rows(store::store& from, bool* passed_over)
{
    std::vector<std::string> names;
    std::string next;
    for (bool more = true; more;) {
        more = false;
        const auto each = [&](std::string_view key, std::string_view) {
            names.emplace_back(key.substr(0, key.find('\0')));
            more = true;
            return false;
        };
        const auto gap = [passed_over](std::string_view, std::string_view) {
            if (passed_over)
                *passed_over = true;
        };
        const auto failed = from.scan(store::family::delivery, next, {}, each, gap);
        if (failed)
            return failed;
        if (more)
            next = names.back() + '\x01';  // behind every key of this name, before any longer name
    }
    return names;
}

bool held_before_bus(store::store& from, offset at)
{
    const auto row = read_row(from, before_the_bus, model::delivery_state::held, at);
    return row && row->has_value();
}

void erase_held_before_bus(store::batch& in, offset at)
{
    in.erase(store::family::delivery, row_key(before_the_bus, model::delivery_state::held, at));
}

}  // namespace tieline::deliver
