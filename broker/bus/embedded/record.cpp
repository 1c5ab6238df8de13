#include "broker/bus/embedded/record.hpp"

#include "broker/base/pack.hpp"
#include "broker/model/original.hpp"
#include "broker/store/entry.hpp"

#include <algorithm>

namespace tieline::bus {
namespace {

// Of one call of `read_embedded`.
constexpr std::size_t most_read = 16U << 20;

/// Fills in the content that the record refers to.
error_code resolve(store::store& from, model::record& one)
{
    if (model::is_fhir(one.form)) {
        auto bundle = store::read_bundle(from, one.at);
        if (!bundle)
            return bundle.error();
        one.value = one.form == model::content::fhir_alone ? model::without_original(*bundle) : std::move(*bundle);
        return {};
    }
    auto entry = store::read_entry(from, one.at);
    if (!entry)
        return entry.error();
    one.value = std::move(entry->message.bytes);
    return {};
}

}  // namespace

namespace embedded {

std::string partition_prefix(std::string_view topic, std::int32_t partition)
{
    std::string key(topic);
    key += '\0';
    for (int shift = 24; shift >= 0; shift -= 8)
        key += static_cast<char>(static_cast<std::uint32_t>(partition) >> shift & 0xff);
    return key;
}

std::string to_value(const model::record& one)
{
    packer to;
    to.number(one.at.value).number(static_cast<std::uint64_t>(one.form)).text(one.key).number(one.headers.size());
    for (const auto& [name, value] : one.headers)
        to.text(name).text(value);
    return to.take();
}

result<model::record> record_of(std::string_view value)
{
    unpacker from(value);
    model::record one{.at = {from.number()}};
    one.form = static_cast<model::content>(from.number());
    one.key = from.text();
    for (auto left = from.number(); left > 0 && from.ok(); left--) {
        std::string name(from.text());
        one.headers.emplace_back(std::move(name), from.text());
    }
    if (!from.ok())
        return error_code(store::errc::corrupt);
    return one;
}

namespace {

// Of a partition whose last records may have been deleted.
std::string position_key(const std::string& prefix) { return "position/" + prefix; }

result<std::int64_t> kept_position(store::store& from, const std::string& prefix)
{
    const auto value = from.get(store::family::cursor, position_key(prefix));
    if (!value)
        return value.error();
    return *value ? static_cast<std::int64_t>(unpacker(**value).number()) : 0;
}

}  // namespace

result<std::int64_t> next_position(store::store& from, std::string_view topic, std::int32_t partition)
{
    const auto prefix = partition_prefix(topic, partition);
    const auto last = from.last_key(store::family::record, prefix, prefix + store::key_of(~0ULL));
    if (!last)
        return last.error();
    const auto next = *last ? static_cast<std::int64_t>(read_big_endian((*last)->substr(prefix.size()))) + 1 : 0;
    const auto kept = kept_position(from, prefix);
    if (!kept)
        return kept.error();
    return std::max(next, *kept);
}

void keep_next_position(store::store& from, store::batch& in, std::string_view topic, std::int32_t partition, std::int64_t next)
{
    const auto prefix = partition_prefix(topic, partition);
    const auto kept = kept_position(from, prefix);
    if (kept && *kept < next)
        in.put(store::family::cursor, position_key(prefix), packer().number(static_cast<std::uint64_t>(next)).take());
}

}  // namespace embedded

result<std::vector<model::record>> read_embedded(store::store& from, std::string_view topic, std::int32_t partition,
                                                 std::int64_t position, std::size_t most)
{
    std::vector<model::record> found;
    std::size_t bytes = 0;
    error_code broken;
    const auto prefix = embedded::partition_prefix(topic, partition);
    const auto error = from.scan(store::family::record, prefix + store::key_of(static_cast<std::uint64_t>(position)),
                                 prefix + store::key_of(~0ULL), [&](std::string_view, std::string_view value) {
                                     auto one = embedded::record_of(value);
                                     broken = one ? resolve(from, *one) : one.error();
                                     if (broken)
                                         return false;
                                     one->topic = topic;
                                     bytes += one->value.size();
                                     found.push_back(std::move(*one));
                                     return found.size() < most && bytes < most_read;
                                 });
    if (error || broken)
        return error ? error : broken;
    return found;
}

}  // namespace tieline::bus
