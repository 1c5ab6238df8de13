#include "broker/model/issue.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace tieline::model {

std::string_view name(severity level)
{
    switch (level) {
    case severity::fatal: return "fatal";
    case severity::error: return "error";
    case severity::warning: return "warning";
    case severity::information: break;
    }
    return "information";
}

bool has_error(const issues& found)
{
    return std::any_of(found.begin(), found.end(), [](const issue& one) { return one.level <= severity::error; });
}

std::string to_text(const issue& one) { return one.at.empty() ? one.diagnostics : one.at + ": " + one.diagnostics; }

std::string operation_outcome(const issues& found)
{
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
    const auto text = [&json](const char* key, std::string_view value) {
        json.Key(key);
        json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    };
    json.StartObject();
    text("resourceType", "OperationOutcome");
    json.Key("issue");
    json.StartArray();
    const issue fine{.level = severity::information, .code = "informational", .diagnostics = "All OK"};
    for (const issue* one = found.empty() ? &fine : found.data(), *end = one + std::max<std::size_t>(found.size(), 1);
         one != end; one++) {
        json.StartObject();
        text("severity", name(one->level));
        text("code", one->code);
        text("diagnostics", one->diagnostics);
        if (!one->at.empty()) {
            json.Key("expression");
            json.StartArray();
            json.String(one->at);
            json.EndArray();
        }
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace tieline::model
