#include "broker/app/send/messages.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tieline::app::send {
namespace {

// Iterative, since a file may be nested deeper than the stack is.
rapidjson::Document parse(std::string_view text)
{
    rapidjson::Document json;
    json.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
    return json;
}

std::string text_of(const rapidjson::Value& object, const char* name)
{
    if (!object.IsObject())
        return {};
    const auto member = object.FindMember(name);
    return member != object.MemberEnd() && member->value.IsString() ? std::string(member->value.GetString(), member->value.GetStringLength())
                                                                     : std::string();
}

std::string_view trim(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n\v\x1C\x0B";
    const auto start = text.find_first_not_of(blank);
    if (start == std::string_view::npos)
        return {};
    return text.substr(start, text.find_last_not_of(blank) - start + 1);
}

std::string_view without_mark(std::string_view text)
{
    return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

// The next line of the rest, without its end.
std::string_view take_line(std::string_view& rest)
{
    const auto end = rest.find_first_of("\r\n");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line;
}

bool is_batch_line(std::string_view line)
{
    constexpr std::array<std::string_view, 4> names{"FHS", "BHS", "BTS", "FTS"};
    for (const auto name : names)
        if (line.starts_with(name))
            return true;
    return false;
}

std::vector<message> split_v2(const std::string& file, std::string_view content)
{
    std::vector<message> found;
    while (!content.empty()) {
        const auto line = trim(take_line(content));
        if (line.empty() || is_batch_line(line))
            continue;
        if (found.empty() || line.starts_with("MSH"))
            found.push_back({.file = file});
        found.back().bytes.append(line) += '\r';
    }
    return found;
}

// One line of NDJSON: a FHIR resource, or a message in an envelope.
message unwrap(const std::string& file, std::string_view line)
{
    const auto json = parse(line);
    const bool envelope = json.IsObject() && !json.HasMember("resourceType") && json.HasMember("message") && json["message"].IsString();
    return {.file = file, .bytes = envelope ? text_of(json, "message") : std::string(line)};
}

std::vector<message> split_json(const std::string& file, std::string_view content)
{
    const auto first = content.substr(0, content.find('\n'));
    if (trim(first).size() == content.size() || parse(trim(first)).HasParseError())
        return {unwrap(file, content)};  // one document, on however many lines
    std::vector<message> found;
    while (!content.empty())
        if (const auto line = trim(take_line(content)); !line.empty())
            found.push_back(unwrap(file, line));
    return found;
}

/// Where MSH-10 stands in the message; none when it has no such field.
std::pair<std::size_t, std::size_t> find_control_id(std::string_view bytes)
{
    if (!bytes.starts_with("MSH") || bytes.size() < 4)
        return {};
    const char separator = bytes[3];
    const auto end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    std::size_t at = 3;
    for (int field = 2; field <= 10; field++) {
        const auto start = at + 1;
        at = std::min(bytes.find(separator, start), end);
        if (field == 10)
            return {start, at - start};
        if (at == end)
            return {};
    }
    return {};
}

std::string with_identifier(std::string_view bytes, std::string_view id)
{
    auto json = parse(bytes);
    if (json.HasParseError() || text_of(json, "resourceType") != "Bundle")
        return std::string(bytes);
    auto& allocator = json.GetAllocator();
    rapidjson::Value identifier(rapidjson::kObjectType);
    identifier.AddMember("system", "urn:tieline:send", allocator);
    identifier.AddMember("value", rapidjson::Value(id.data(), static_cast<rapidjson::SizeType>(id.size()), allocator), allocator);
    json.RemoveMember("identifier");
    json.AddMember("identifier", identifier, allocator);
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    json.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

std::vector<message> split(const std::string& file, std::string_view content, bool as_is)
{
    if (as_is)
        return {{.file = file, .bytes = std::string(content)}};
    const auto text = trim(without_mark(content));
    if (text.empty())
        return {};
    return text.front() == '{' ? split_json(file, text) : split_v2(file, text);
}

std::string control_id(std::string_view bytes)
{
    if (!trim(bytes).starts_with('{')) {
        const auto [start, size] = find_control_id(bytes);
        return std::string(bytes.substr(start, size));
    }
    const auto json = parse(bytes);
    if (!json.IsObject())
        return {};
    if (json.HasMember("identifier"))
        if (auto value = text_of(json["identifier"], "value"); !value.empty())
            return value;
    if (json.HasMember("entry") && json["entry"].IsArray() && !json["entry"].Empty() && json["entry"][0].IsObject() &&
        json["entry"][0].HasMember("resource"))
        if (auto value = text_of(json["entry"][0]["resource"], "id"); !value.empty())
            return value;
    return text_of(json, "id");
}

std::string with_control_id(std::string_view bytes, std::string_view id)
{
    if (trim(bytes).starts_with('{'))
        return with_identifier(bytes, id);
    std::string changed(bytes);
    const auto [start, size] = find_control_id(bytes);
    return start ? changed.replace(start, size, id) : changed;
}

std::string fhir_path(std::string_view bytes)
{
    const auto json = parse(bytes);
    const auto type = text_of(json, "resourceType");
    if (type == "Bundle")
        return text_of(json, "type") == "message" ? "/$process-message" : "";
    return type.empty() ? "" : '/' + type;
}

}  // namespace tieline::app::send
