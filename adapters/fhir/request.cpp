#include "adapters/fhir/request.hpp"

#include "adapters/fhir/json.hpp"
#include "adapters/fhir/resource_types.hpp"

#include <algorithm>

namespace tieline::adapters::fhir {
namespace {

using kind = request::kind;

void add(model::issues& found, std::string_view code, std::string at, std::string diagnostics)
{
    found.push_back({.code = std::string(code), .at = std::move(at), .diagnostics = std::move(diagnostics)});
}

// A message: a MessageHeader first, that says what happened and who sent it (R4 §2.26).
void check_message(const rapidjson::Value& bundle, model::issues& found)
{
    const auto& header = member(first(member(bundle, "entry")), "resource");
    if (text(member(header, "resourceType")) != "MessageHeader")
        return add(found, "structure", "Bundle.entry[0].resource", "no MessageHeader, expected one as the first entry of a message");
    if (text(member(member(header, "eventCoding"), "code")).empty() && text(member(header, "eventUri")).empty())
        add(found, "required", "Bundle.entry[0].resource.event", "absent, expected eventCoding or eventUri");
    // An address that nobody knows is said as an extension, data-absent-reason, on an element without a value (R4 §2.1.28.1).
    const auto& source = member(header, "source");
    if (text(member(source, "endpoint")).empty() && !member(source, "_endpoint").IsObject())
        add(found, "required", "Bundle.entry[0].resource.source.endpoint", "absent, expected the address of the source");
}

// Each entry is an object, and a resource in it one of R4's. The first that is not is told: there may be very many.
void check_entries(const rapidjson::Value& entries, model::issues& found)
{
    if (!entries.IsArray())
        return add(found, "structure", "Bundle.entry", "no list, expected a list of entries");
    for (rapidjson::SizeType i = 0; i < entries.Size(); i++) {
        const auto at = "Bundle.entry[" + std::to_string(i) + ']';
        if (!entries[i].IsObject())
            return add(found, "structure", at, "no JSON object, expected an entry");
        if (!entries[i].HasMember("resource"))
            continue;
        const auto type = text(member(member(entries[i], "resource"), "resourceType"));
        if (type.empty())
            return add(found, "structure", at + ".resource", "no FHIR resource, expected one with a resourceType");
        if (!is_resource_type(type))
            return add(found, "not-supported", at + ".resource.resourceType", "no resource type of FHIR R4");
    }
}

void check_bundle(const request& asked, const rapidjson::Value& bundle, model::issues& found)
{
    constexpr std::string_view taken[] = {"message", "transaction", "batch", "collection", "document"};
    const auto type = text(member(bundle, "type"));
    if (std::find(std::begin(taken), std::end(taken), type) == std::end(taken))
        return add(found, "value", "Bundle.type", "not accepted, expected message, transaction, batch, collection or document");
    if (asked.what == kind::process_message && type != "message")
        return add(found, "value", "Bundle.type", "not a message, expected one for $process-message");
    if (bundle.HasMember("entry"))
        check_entries(bundle["entry"], found);
    if (type == "message")
        check_message(bundle, found);
}

}  // namespace

request read_request(std::string_view from)
{
    const auto space = from.find(' ');
    if (space == std::string_view::npos)
        return {};
    const auto what = from.substr(space + 1);
    if (what == "$process-message")
        return {.what = kind::process_message};
    if (what == "Bundle")
        return {.what = kind::bundle, .type = what};
    if (!from.starts_with("PUT "))
        return {.what = kind::create, .type = what};
    const auto slash = what.find('/');
    return {.what = kind::update, .type = what.substr(0, slash), .id = slash == std::string_view::npos ? "" : what.substr(slash + 1)};
}

void check_request(const request& asked, const rapidjson::Value& resource, model::issues& found)
{
    if (!resource.IsObject())
        return add(found, "structure", "", "no JSON object, expected a FHIR resource");
    const auto type = text(member(resource, "resourceType"));
    if (type.empty())
        return add(found, "required", "resourceType", "absent, expected the type of the resource");
    if (!is_resource_type(type))
        return add(found, "not-supported", "resourceType", "no resource type of FHIR R4");
    if (asked.what == kind::process_message && type != "Bundle")
        return add(found, "invalid", "resourceType", "not a Bundle, expected a message Bundle for $process-message");
    if ((asked.what == kind::bundle || asked.what == kind::create || asked.what == kind::update) && type != asked.type)
        return add(found, "invalid", "resourceType", "another type than the address says");
    if (asked.what == kind::update && text(member(resource, "id")) != asked.id)
        return add(found, "invalid", std::string(type) + ".id", "absent or another id than the address says");
    if (type == "Bundle")
        check_bundle(asked, resource, found);
}

}  // namespace tieline::adapters::fhir
