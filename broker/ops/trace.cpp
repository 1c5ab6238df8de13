#include "broker/base/digest.hpp"
#include "broker/deliver/dispatcher.hpp"
#include "broker/deliver/queue.hpp"
#include "broker/journal/journal.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/ops/json.hpp"
#include "broker/ops/queries.hpp"
#include "broker/store/entry.hpp"

#include <algorithm>
#include <vector>

namespace tieline::ops {
namespace {

using story = std::vector<journal::trace_line>;

constexpr std::size_t most_messages = 20;
constexpr std::size_t digest_digits = 8;  // bytes of a SHA-256 that are shown

/// All that is known of one message.
struct message_way {
    offset at{};
    store::entry_label label{};
    std::optional<model::outcome> outcome{};
    story lines{};
    std::string damage{};

    model::message_state state() const
    {
        if (outcome)
            return outcome->state;
        return label.refused ? model::message_state::refused : model::message_state::stored;
    }
};

bool is_damaged(error_code why) { return why == store::errc::corrupt; }

// What does not match its checksum is left out, and the reason says so; the rest is shown.
result<message_way> read_way(store::store& from, offset at)
{
    auto label = store::read_label(from, at);
    auto outcome = journal::read_outcome(from, at);
    auto lines = journal::read_trace(from, at);
    for (const auto why : {label ? error_code() : label.error(), outcome ? error_code() : outcome.error(), lines ? error_code() : lines.error()})
        if (why && !is_damaged(why))
            return why;
    message_way made{.at = at};
    if (label)
        made.label = std::move(*label);
    if (outcome)
        made.outcome = std::move(*outcome);
    if (lines)
        made.lines = std::move(*lines);
    if (!label || !outcome)
        made.damage = !label ? "the stored message does not match its checksum" : "what became of it does not match its checksum";
    return made;
}

std::string digits(std::string_view digest)
{
    sha256_digest whole{};
    std::copy_n(digest.begin(), std::min(digest.size(), whole.size()), whole.begin());
    return hex(whole, digest_digits);
}

void write_received(json_text& json, const store::entry_label& label)
{
    json.begin_object("received")
        .member("at", label.message.at)
        .member("listener", label.message.listener)
        .member("peer", label.message.peer)
        .member("sender", label.message.sender)
        .member("request", label.message.request)
        .member("bytes", label.bytes)
        .member("sha256", digits(label.content))
        .end_object();
}

void write_decision(json_text& json, const model::outcome& outcome)
{
    json.begin_array("issues");
    for (const auto& one : outcome.found)
        json.begin_object()
            .member("severity", model::name(one.level))
            .member("code", one.code)
            .member("at", one.at)
            .member("text", one.diagnostics)
            .end_object();
    json.end_array().begin_array("routes");
    for (const auto& one : outcome.decision.reasons)
        json.begin_object().member("name", one.route).member("matched", one.matched).member("why", one.why).end_object();
    json.end_array();
}

// Places carry the bus's full topic name, choices the configured one: they are in the same order, and a topic is chosen once.
void write_topics(json_text& json, const model::outcome& outcome)
{
    json.begin_array("topics");
    for (std::size_t i = 0; i < outcome.decision.topics.size(); i++) {
        const auto& choice = outcome.decision.topics[i];
        const auto* place = i < outcome.places.size() ? &outcome.places[i] : nullptr;
        json.begin_object()
            .member("name", place ? place->topic : choice.topic)
            .member("content", model::name(choice.form))
            .member("route", choice.route)
            .member("purpose", choice.purpose)
            .begin_array("places");
        if (place)
            json.begin_object().member("partition", place->partition).member("position", place->position).end_object();
        json.end_array().end_object();
    }
    json.end_array();
}

// The row of the message in a destination's queue; none once it is finished there.
std::optional<model::delivery> unfinished(store::store& from, std::string_view destination, offset at)
{
    for (const auto state : {model::delivery_state::held, model::delivery_state::waiting}) {
        if (auto row = deliver::read_row(from, destination, state, at); row && *row)
            return std::move(**row);
    }
    return std::nullopt;
}

const journal::trace_line* last_line(const story& lines, std::string_view where)
{
    const auto last = std::find_if(lines.rbegin(), lines.rend(), [&](const auto& line) { return line.where == where; });
    return last == lines.rend() ? nullptr : &*last;
}

// A delivery without a row and without an end was released a moment ago.
std::string_view state_of(const std::optional<model::delivery>& row, const journal::trace_line* last)
{
    if (row)
        return model::name(row->state);
    constexpr std::string_view ends[] = {"Delivered", "Held", "Skipped"};
    return last && std::find(std::begin(ends), std::end(ends), last->what) != std::end(ends) ? std::string_view(last->what) : "Waiting";
}

void write_destination(json_text& json, store::store& from, const message_way& way, const model::destination_choice& choice)
{
    const auto row = unfinished(from, choice.destination, way.at);
    const auto* last = last_line(way.lines, choice.destination);
    json.begin_object()
        .member("name", choice.destination)
        .member("content", model::name(choice.form))
        .member("route", choice.route)
        .member("purpose", choice.purpose)
        .member("state", state_of(row, last))
        .member("tries", row ? row->tries : last ? last->tries : 0)
        .member("since", row ? row->since : instant{})
        .member("next_try", row && row->state == model::delivery_state::waiting ? row->next_try : instant{})
        .member("answer", row ? row->last_answer : last ? last->answer : std::string())
        .member("why", last ? last->why : std::string())
        .member("at", last ? last->at : instant{})
        .end_object();
}

void write_line(json_text& json, const journal::trace_line& line)
{
    json.begin_object()
        .member("at", line.at)
        .member("what", line.what)
        .member("where", line.where)
        .member("why", line.why)
        .member("who", line.who)
        .member("tries", line.tries)
        .member("answer", line.answer)
        .end_object();
}

// The whole story: what came before the first line that was written down, and those lines.
void write_story(json_text& json, const message_way& way)
{
    story all{{.at = way.label.message.at, .where = way.label.message.listener, .what = "Received"}};
    const bool held = way.outcome && way.outcome->state == model::message_state::held;
    if (way.outcome && way.outcome->normalised_at != instant{} && !held)
        all.push_back({.at = way.outcome->normalised_at, .what = "Normalised"});
    if (way.outcome && way.state() != model::message_state::stored) {
        const auto at = way.outcome->published_at != instant{} ? way.outcome->published_at : way.label.message.at;
        all.push_back({.at = at, .what = std::string(model::name(way.state())), .why = way.outcome->reason});
    }
    all.insert(all.end(), way.lines.begin(), way.lines.end());
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    json.begin_array("story");
    for (const auto& line : all)
        write_line(json, line);
    json.end_array();
}

void write_way(json_text& json, store::store& from, std::string_view node, const message_way& way)
{
    static const model::outcome none;
    const auto& outcome = way.outcome ? *way.outcome : none;
    json.begin_object()
        .member("id", tieline_id(node, way.at))
        .member("control_id", way.label.control_id)
        .member("type", way.label.type)
        .member("state", model::name(way.state()))
        .member("reason", way.damage.empty() ? outcome.reason : way.damage);
    write_received(json, way.label);
    json.member("normalised", outcome.normalised_at).member("published", outcome.published_at);
    write_decision(json, outcome);
    write_topics(json, outcome);
    json.begin_array("destinations");
    for (const auto& choice : outcome.decision.destinations)
        write_destination(json, from, way, choice);
    json.end_array();
    write_story(json, way);
    json.end_object();
}

}  // namespace

result<std::string> traces(store::store& from, std::string_view node, std::string_view id)
{
    auto found = journal::find_control_id(from, id, most_messages);
    if (!found)
        return found.error();
    if (const auto at = offset_of(id, node))
        found->insert(found->begin(), *at);
    json_text json;
    json.begin_array();
    for (const auto at : *found) {
        const auto way = read_way(from, at);
        if (way)
            write_way(json, from, node, *way);
        else if (way.error() != store::errc::not_found)
            return way.error();
    }
    return json.end_array().take();
}

}  // namespace tieline::ops
