#include "broker/journal/outcomes.hpp"

#include "broker/base/pack.hpp"
#include "broker/journal/keys.hpp"
#include "broker/store/entry.hpp"

#include <atomic>

namespace tieline::journal {
namespace {

constexpr std::uint64_t form = 1;
constexpr std::string_view published_through_key = "published";

std::uint64_t micros(instant at) { return static_cast<std::uint64_t>(at.time_since_epoch().count()); }
instant moment(unpacker& from) { return instant(std::chrono::microseconds(from.number())); }

// The number of rows that follow: each takes a byte at least, so a broken one can't make us ask for much memory.
template <typename Row, typename Read>
void read_rows(unpacker& from, std::vector<Row>& to, Read read)
{
    for (auto left = from.number(); left > 0 && from.ok(); left--)
        to.push_back(read(from));
}

void pack_decision(packer& to, const model::decided& one)
{
    to.number(one.topics.size());
    for (const auto& topic : one.topics)
        to.text(topic.topic).number(static_cast<std::uint64_t>(topic.form)).text(topic.route).text(topic.purpose);
    to.number(one.destinations.size());
    for (const auto& to_where : one.destinations)
        to.text(to_where.destination)
            .number(static_cast<std::uint64_t>(to_where.form))
            .text(to_where.route)
            .text(to_where.purpose);
    to.number(one.reasons.size());
    for (const auto& reason : one.reasons)
        to.text(reason.route).number(reason.matched).text(reason.why);
}

model::decided unpack_decision(unpacker& from)
{
    model::decided made;
    read_rows(from, made.topics, [](unpacker& row) {
        model::topic_choice one{.topic = std::string(row.text())};
        one.form = static_cast<model::content>(row.number());
        one.route = row.text();
        one.purpose = row.text();
        return one;
    });
    read_rows(from, made.destinations, [](unpacker& row) {
        model::destination_choice one{.destination = std::string(row.text())};
        one.form = static_cast<model::content>(row.number());
        one.route = row.text();
        one.purpose = row.text();
        return one;
    });
    read_rows(from, made.reasons, [](unpacker& row) {
        model::route_reason one{.route = std::string(row.text())};
        one.matched = row.number() != 0;
        one.why = row.text();
        return one;
    });
    return made;
}

void pack_issues(packer& to, const model::issues& found)
{
    to.number(found.size());
    for (const auto& one : found)
        to.number(static_cast<std::uint64_t>(one.level))
            .text(one.code)
            .number(static_cast<std::uint64_t>(one.v2_code))
            .text(one.at)
            .text(one.diagnostics);
}

model::issue unpack_issue(unpacker& row)
{
    model::issue one{.level = static_cast<model::severity>(row.number())};
    one.code = row.text();
    one.v2_code = static_cast<int>(row.number());
    one.at = row.text();
    one.diagnostics = row.text();
    return one;
}

}  // namespace

void put_outcome(store::batch& in, offset at, const model::outcome& what, std::string_view bundle)
{
    packer to;
    to.number(form).number(static_cast<std::uint64_t>(what.state)).text(what.reason);
    pack_decision(to, what.decision);
    to.number(what.places.size());
    for (const auto& place : what.places)
        to.text(place.topic)
            .number(static_cast<std::uint64_t>(place.partition))
            .number(static_cast<std::uint64_t>(place.position));
    pack_issues(to, what.found);
    to.number(micros(what.normalised_at)).number(micros(what.published_at)).text(what.patient_key);
    const auto key = store::key_of(at.value);
    in.put(store::family::outcome, key, to.take());
    if (!bundle.empty())
        in.put(store::family::bundle, key, store::compress(bundle));
    if (!what.patient_key.empty())
        in.put(store::family::index, patient_prefix(what.patient_key) + key, {});
}

result<std::optional<model::outcome>> read_outcome(store::store& from, offset at)
{
    const auto value = from.get(store::family::outcome, store::key_of(at.value));
    if (!value)
        return value.error();
    if (!*value)
        return std::optional<model::outcome>{};
    unpacker row(**value);
    const bool known = row.number() == form;
    model::outcome made{.state = static_cast<model::message_state>(row.number())};
    made.reason = row.text();
    made.decision = unpack_decision(row);
    read_rows(row, made.places, [](unpacker& place) {
        model::topic_place one{.topic = std::string(place.text())};
        one.partition = static_cast<std::int32_t>(place.number());
        one.position = static_cast<std::int64_t>(place.number());
        return one;
    });
    read_rows(row, made.found, unpack_issue);
    made.normalised_at = moment(row);
    made.published_at = moment(row);
    made.patient_key = row.text();
    if (!known || !row.ok())
        return error_code(store::errc::corrupt);
    return std::optional(std::move(made));
}

result<std::string> read_bundle(store::store& from, offset at) { return store::read_bundle(from, at); }

result<std::vector<offset>> find_patient(store::store& from, std::string_view patient, offset after, std::size_t most)
{
    std::vector<offset> found;
    const auto prefix = patient_prefix(patient);
    const auto begin = prefix + store::key_of(after.value + 1);
    const auto error = from.scan(store::family::index, begin, prefix + store::key_of(~0ULL),
                                 [&](std::string_view key, std::string_view) {
                                     if (found.size() < most)
                                         found.push_back({read_big_endian(key.substr(prefix.size()))});
                                     return found.size() < most;
                                 });
    if (error)
        return error;
    return found;
}

void put_trace(store::batch& in, offset at, const trace_line& line)
{
    static std::atomic<std::uint64_t> counter{0};  // two lines of one microsecond are still two lines
    auto key = store::key_of(at.value);
    append_big_endian(key, micros(line.at));
    append_big_endian(key, counter++);
    in.put(store::family::trace, key,
           packer()
               .number(micros(line.at))
               .text(line.where)
               .text(line.what)
               .text(line.why)
               .text(line.who)
               .number(line.tries)
               .text(line.answer)
               .take());
}

result<std::vector<trace_line>> read_trace(store::store& from, offset at)
{
    std::vector<trace_line> lines;
    bool whole = true;
    const auto error = from.scan(store::family::trace, store::key_of(at.value), store::key_of(at.value + 1),
                                 [&](std::string_view, std::string_view value) {
                                     unpacker row(value);
                                     trace_line one{.at = moment(row)};
                                     one.where = row.text();
                                     one.what = row.text();
                                     one.why = row.text();
                                     one.who = row.text();
                                     one.tries = static_cast<std::uint32_t>(row.number());
                                     one.answer = row.text();
                                     lines.push_back(std::move(one));
                                     return whole = row.ok();
                                 });
    if (error)
        return error;
    if (!whole)
        return error_code(store::errc::corrupt);
    return lines;
}

void put_published_through(store::batch& in, offset at)
{
    in.put(store::family::cursor, published_through_key, packer().number(at.value).take());
}

result<offset> read_published_through(store::store& from)
{
    const auto value = from.get(store::family::cursor, published_through_key);
    if (!value)
        return value.error();
    return *value ? offset{unpacker(**value).number()} : offset{};
}

}  // namespace tieline::journal
