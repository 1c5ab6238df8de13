#include "adapters/fhir/answer.hpp"

#include "adapters/fhir/json.hpp"
#include "adapters/fhir/reading.hpp"
#include "broker/base/digest.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace tieline::adapters::fhir {
namespace {

using kind = model::verdict::kind;

/// A writer of members: `text("id", …)`.
class json_writer {
public:
    explicit json_writer(std::string_view resource_type)
    {
        object([&] { text("resourceType", resource_type); }, false);
    }
    void text(const char* name, std::string_view value)
    {
        writer_.Key(name);
        writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    }
    void value(const char* name, const rapidjson::Value& from)
    {
        writer_.Key(name);
        from.Accept(writer_);
    }
    template <typename Content>
    void object(const char* name, Content content)
    {
        writer_.Key(name);
        object(content, true);
    }
    template <typename Content>
    void list(const char* name, Content content)
    {
        writer_.Key(name);
        writer_.StartArray();
        content();
        writer_.EndArray();
    }
    template <typename Content>
    void object(Content content, bool closed = true)
    {
        writer_.StartObject();
        content();
        if (closed)
            writer_.EndObject();
    }
    std::string take()
    {
        writer_.EndObject();
        return {buffer_.GetString(), buffer_.GetSize()};
    }

private:
    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

// The answer to a message is a message: R4 §2.26.3.
std::string response_message(const rapidjson::Value& resource, const model::verdict& verdict, std::string_view node)
{
    const auto& request_header = message_header(resource);
    const auto header_id = uuid_v5("answer|" + verdict.id);
    json_writer json("Bundle");
    json.text("id", uuid_v5("answer bundle|" + verdict.id));
    json.text("type", "message");
    json.text("timestamp", to_iso(verdict.at));
    json.list("entry", [&] {
        json.object([&] {
            json.text("fullUrl", "urn:uuid:" + header_id);
            json.object("resource", [&] {
                json.text("resourceType", "MessageHeader");
                json.text("id", header_id);
                const bool coded = member(request_header, "eventCoding").IsObject();
                const char* event = coded ? "eventCoding" : "eventUri";
                json.value(event, member(request_header, event));
                json.object("source", [&] {
                    json.text("name", "Tieline");
                    json.text("endpoint", "urn:tieline:" + std::string(node));
                });
                json.object("response", [&] {
                    const auto id = text(member(request_header, "id"));
                    json.text("identifier", id.empty() ? std::string_view(verdict.id) : id);
                    json.text("code", "ok");
                });
            });
        });
    });
    return json.take();
}

std::string response_bundle(const rapidjson::Value& resource, const model::verdict& verdict)
{
    json_writer json("Bundle");
    json.text("id", uuid_v5("answer bundle|" + verdict.id));
    json.text("type", text(member(resource, "type")) == "batch" ? "batch-response" : "transaction-response");
    json.text("timestamp", to_iso(verdict.at));
    const auto& entries = member(resource, "entry");
    if (entries.IsArray() && !entries.Empty())
        json.list("entry", [&] {
            for (rapidjson::SizeType i = 0; i < entries.Size(); i++)
                json.object([&] { json.object("response", [&] { json.text("status", "202 Accepted"); }); });
        });
    return json.take();
}

// 400 for what is no FHIR, 422 for FHIR that is not taken here (R4 §3.1.0.6.1).
int status_of(const model::verdict& verdict)
{
    if (verdict.what == kind::unavailable)
        return 503;
    const bool syntax = std::any_of(verdict.found.begin(), verdict.found.end(), [](const auto& one) {
        return one.code == "structure" || one.code == "invalid" || one.code == "required" || one.code == "too-long";
    });
    return verdict.what == kind::rejected && syntax ? 400 : 422;
}

}  // namespace

bool speaks_of_content(const request& asked)
{
    return asked.what == request::kind::process_message || asked.what == request::kind::bundle;
}

model::answer make_answer(const request& asked, const rapidjson::Value& resource, const model::verdict& verdict,
                          std::string_view node)
{
    if (verdict.what != kind::stored)
        return {.bytes = model::operation_outcome(verdict.found), .http_status = status_of(verdict)};
    if (asked.what == request::kind::process_message)
        return {.bytes = response_message(resource, verdict, node), .http_status = 200};
    const auto type = text(member(resource, "type"));
    if (asked.what == request::kind::bundle && (type == "batch" || type == "transaction"))
        return {.bytes = response_bundle(resource, verdict), .http_status = 200};
    return {.http_status = 202};
}

}  // namespace tieline::adapters::fhir
