#include "broker/model/explanation.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace tieline::model {
namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void text(writer& json, const char* key, const std::string& value)
{
    json.Key(key);
    json.String(value);
}

void write(writer& json, const filled_element& one)
{
    json.StartObject();
    text(json, "element", one.element);
    text(json, "row", one.row);
    if (!one.through.empty()) {
        json.Key("through");
        json.StartArray();
        for (const auto& row : one.through)
            json.String(row);
        json.EndArray();
    }
    json.EndObject();
}

}  // namespace

std::string to_json(const explanations& all)
{
    rapidjson::StringBuffer buffer;
    writer json(buffer);
    json.StartArray();
    for (const auto& one : all) {
        json.StartObject();
        text(json, "at", one.at);
        if (one.to.empty()) {
            text(json, "reason", one.reason);
        } else {
            json.Key("to");
            json.StartArray();
            for (const auto& filled : one.to)
                write(json, filled);
            json.EndArray();
        }
        json.EndObject();
    }
    json.EndArray();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace tieline::model
