#include "broker/app/send/answer.hpp"

#include <rapidjson/document.h>

#include <vector>

namespace tieline::app::send {
namespace {

std::vector<std::string_view> split(std::string_view text, char at)
{
    std::vector<std::string_view> parts;
    for (std::size_t start = 0;;) {
        const auto end = text.find(at, start);
        parts.push_back(text.substr(start, end - start));
        if (end == std::string_view::npos)
            return parts;
        start = end + 1;
    }
}

std::string part(const std::vector<std::string_view>& of, std::size_t number)
{
    return number < of.size() ? std::string(of[number]) : std::string();
}

std::string text_of(const rapidjson::Value& object, const char* name)
{
    const auto member = object.FindMember(name);
    return member != object.MemberEnd() && member->value.IsString() ? std::string(member->value.GetString(), member->value.GetStringLength())
                                                                     : std::string();
}

const rapidjson::Value* first_issue(const rapidjson::Document& body)
{
    if (!body.IsObject() || !body.HasMember("issue") || !body["issue"].IsArray())
        return nullptr;
    for (const auto& issue : body["issue"].GetArray())
        if (issue.IsObject() && (text_of(issue, "severity") == "error" || text_of(issue, "severity") == "fatal"))
            return &issue;
    return nullptr;
}

// ERR-3.1; before HL7 v2.5 ERR-1.4.1 (v2.4 §2.16.5). `header` starts with MSH, which names the separators.
std::string error_code_of(const std::vector<std::string_view>& fields, std::string_view header)
{
    const char component = header[4];
    if (const auto code = part(fields, 3); !code.empty())
        return code.substr(0, code.find(component));
    const auto old = part(fields, 1);
    const auto code = part(split(old, component), 3);
    return header.size() > 7 ? code.substr(0, code.find(header[7])) : code;
}

}  // namespace

answer read_acknowledgment(std::string_view bytes, std::string_view control_id)
{
    if (!bytes.starts_with("MSH") || bytes.size() < 5)
        return {.text = "the answer is no HL7 v2 message"};
    const char separator = bytes[3];
    answer read;
    bool ours = false;
    for (const auto segment : split(bytes, '\r')) {
        const auto fields = split(segment, separator);
        if (fields[0] == "MSA") {
            read.said = part(fields, 1);
            read.text = part(fields, 3);
            ours = part(fields, 2) == control_id;
        } else if (fields[0] == "ERR" && read.code.empty()) {
            read.code = error_code_of(fields, bytes);
            if (auto words = part(fields, 8); !words.empty())
                read.text = std::move(words);
        }
    }
    if (read.said.empty())
        return {.text = "the answer holds no MSA"};
    if (!ours)
        return {.said = read.said, .text = "the answer is for another message"};
    read.positive = read.said == "AA" || read.said == "CA";
    return read;
}

answer read_response(int status, std::string_view body)
{
    answer read{.positive = status >= 200 && status < 300, .said = std::to_string(status)};
    rapidjson::Document json;
    json.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
    if (json.HasParseError())
        return read;
    if (const auto* issue = first_issue(json)) {
        read.code = text_of(*issue, "code");
        read.text = text_of(*issue, "diagnostics");
    }
    return read;
}

}  // namespace tieline::app::send
