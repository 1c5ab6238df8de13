#include "broker/transport/http/metadata.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace tieline::transport::http {
namespace {

/// Writes JSON from a few calls: `text("status", "active")`.
class json_writer {
public:
    void text(const char* name, std::string_view value)
    {
        writer_.Key(name);
        writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    }
    void codes(const char* name, std::initializer_list<std::string_view> values)
    {
        writer_.Key(name);
        writer_.StartArray();
        for (const auto value : values) {
            writer_.StartObject();
            text("code", value);
            writer_.EndObject();
        }
        writer_.EndArray();
    }
    auto& raw() { return writer_; }
    std::string take() { return {buffer_.GetString(), buffer_.GetSize()}; }

private:
    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

void write_operation(json_writer& json)
{
    json.raw().Key("operation");
    json.raw().StartArray();
    json.raw().StartObject();
    json.text("name", "process-message");
    json.text("definition", "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message");
    json.raw().EndObject();
    json.raw().EndArray();
}

void write_security(json_writer& json, const options& of)
{
    if (!of.token && !of.tls)
        return;
    json.raw().Key("security");
    json.raw().StartObject();
    json.text("description", of.token ? "A bearer token is asked for." : "TLS.");
    json.raw().EndObject();
}

}  // namespace

std::string capability_statement(const options& of)
{
    json_writer json;
    auto& raw = json.raw();
    raw.StartObject();
    json.text("resourceType", "CapabilityStatement");
    json.text("name", "Tieline");
    json.text("status", "active");
    json.text("date", "2026-11-24");  // of this form of the statement
    json.text("kind", "instance");
    raw.Key("software");
    raw.StartObject();
    json.text("name", "Tieline");
    json.text("version", TIELINE_VERSION);
    raw.EndObject();
    raw.Key("implementation");
    raw.StartObject();
    json.text("description", "The listener " + of.from.name + ": stores what it is sent, and passes it on as its routes say.");
    raw.EndObject();
    json.text("fhirVersion", "4.0.1");
    raw.Key("format");
    raw.StartArray();
    raw.String("json");
    raw.String("application/fhir+json");
    raw.EndArray();
    raw.Key("rest");
    raw.StartArray();
    raw.StartObject();
    json.text("mode", "server");
    json.text("documentation", "Any resource type of R4 is taken: POST [base]/[type], PUT [base]/[type]/[id]. Nothing can be read back.");
    write_security(json, of);
    json.codes("interaction", {"transaction", "batch"});
    write_operation(json);
    raw.EndObject();
    raw.EndArray();
    raw.EndObject();
    return json.take();
}

}  // namespace tieline::transport::http
