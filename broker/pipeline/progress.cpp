#include "broker/pipeline/progress.hpp"

#include "broker/journal/outcomes.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace tieline::pipeline {
namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write_part(json_writer& json, std::string_view name, const char* type, std::string_view value)
{
    json.StartObject();
    json.Key("name");
    json.String(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    json.Key(type);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    json.EndObject();
}

// The latest line of the story that ends the delivery there; waiting until there is one.
std::string state_at(const std::vector<journal::trace_line>& story, std::string_view destination)
{
    const auto last = std::find_if(story.rbegin(), story.rend(), [&](const auto& line) { return line.where == destination; });
    if (last == story.rend())
        return "Waiting";
    constexpr std::string_view ends[] = {"Delivered", "Held", "Skipped"};
    return std::find(std::begin(ends), std::end(ends), last->what) == std::end(ends) ? "Waiting" : last->what;
}

}  // namespace

std::string progress_parameters(store::store& from, std::string_view node, offset at)
{
    const auto outcome = journal::read_outcome(from, at);
    const auto story = journal::read_trace(from, at);
    const bool known = outcome && outcome->has_value();
    rapidjson::StringBuffer buffer;
    json_writer json(buffer);
    json.StartObject();
    json.Key("resourceType");
    json.String("Parameters");
    json.Key("parameter");
    json.StartArray();
    write_part(json, "id", "valueString", tieline_id(node, at));
    write_part(json, "state", "valueCode", model::name(known ? (*outcome)->state : model::message_state::stored));
    if (known && story) {
        for (const auto& choice : (*outcome)->decision.destinations) {
            json.StartObject();
            json.Key("name");
            json.String("destination");
            json.Key("part");
            json.StartArray();
            write_part(json, "name", "valueString", choice.destination);
            write_part(json, "state", "valueCode", state_at(*story, choice.destination));
            json.EndArray();
            json.EndObject();
        }
    }
    json.EndArray();
    json.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace tieline::pipeline
