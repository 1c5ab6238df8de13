#include "broker/model/original.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace tieline::model {
namespace {

// As the adapters write them: without blanks. Inside of a JSON text these can't stand, its quotes are escaped.
constexpr std::string_view entries_start = "\"entry\":[";
constexpr std::string_view document_start = "\"resource\":{\"resourceType\":\"DocumentReference\"";
constexpr std::string_view attached = "\"contentType\":\"application/hl7-v2+er7\"";
constexpr std::string_view full_url = "{\"fullUrl\":";
constexpr std::string_view entity_start = "\"entity\":[";

std::size_t end_of_text(std::string_view json, std::size_t at)
{
    for (at = json.find_first_of("\"\\", at + 1); at != std::string_view::npos; at = json.find_first_of("\"\\", at)) {
        if (json[at] == '"')
            return at + 1;
        at += 2;
    }
    return json.size();
}

// Behind the object or array that begins at a place.
std::size_t end_of_value(std::string_view json, std::size_t at)
{
    int depth = 0;
    while (at < json.size()) {
        const char c = json[at];
        if (c == '"') {
            at = end_of_text(json, at);
            continue;
        }
        depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
        at++;
        if (depth == 0)
            break;
    }
    return at;
}

/// The objects of an array that begins at a place, its bracket taken; `at` is behind the closing one then.
std::vector<std::string_view> objects_of(std::string_view json, std::size_t& at)
{
    std::vector<std::string_view> all;
    while (at < json.size() && json[at] == '{') {
        const auto end = end_of_value(json, at);
        all.push_back(json.substr(at, end - at));
        at = end < json.size() && json[end] == ',' ? end + 1 : end;
    }
    at++;
    return all;
}

// The address of an entry that is the message; none when it is another one.
std::optional<std::string_view> original_in(std::string_view entry)
{
    if (!entry.starts_with(full_url) || entry.find(document_start) == std::string_view::npos || entry.find(attached) == std::string_view::npos)
        return std::nullopt;
    return entry.substr(full_url.size(), end_of_text(entry, full_url.size()) - full_url.size());
}

// Appends an entry without the entities that refer to the message.
void append_without_entity(std::string_view entry, const std::string& reference, std::string& to)
{
    const auto start = entry.find(entity_start);
    if (start == std::string_view::npos || entry.find(reference) == std::string_view::npos) {
        to += entry;
        return;
    }
    auto end = start + entity_start.size();
    std::string kept;
    for (const auto item : objects_of(entry, end)) {
        if (item.find(reference) == std::string_view::npos)
            (kept += kept.empty() ? "" : ",") += item;
    }
    const bool none = kept.empty();
    const auto before = entry.substr(0, none && entry[start - 1] == ',' ? start - 1 : start);
    to += before;
    if (!none)
        ((to += entity_start) += kept) += ']';
    const auto after = entry.substr(std::min(end, entry.size()));
    to += none && before.back() == '{' && after.starts_with(',') ? after.substr(1) : after;
}

}  // namespace

std::string without_original(std::string_view bundle)
{
    const auto start = bundle.find(entries_start);
    if (start == std::string_view::npos)
        return std::string(bundle);
    auto end = start + entries_start.size();
    const auto entries = objects_of(bundle, end);
    std::string reference;
    for (const auto entry : entries) {
        if (const auto url = original_in(entry))
            reference = "\"reference\":" + std::string(*url);
    }
    if (reference.empty())
        return std::string(bundle);
    std::string made(bundle.substr(0, start + entries_start.size()));
    for (const auto entry : entries) {
        if (original_in(entry))
            continue;
        if (made.back() != '[')
            made += ',';
        append_without_entity(entry, reference, made);
    }
    made += ']';
    made += bundle.substr(std::min(end, bundle.size()));
    return made;
}

}  // namespace tieline::model
