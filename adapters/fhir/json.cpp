#include "adapters/fhir/json.hpp"

namespace tieline::adapters::fhir {
namespace {

const rapidjson::Value nothing;

}  // namespace

const rapidjson::Value& member(const rapidjson::Value& from, const char* name)
{
    if (!from.IsObject())
        return nothing;
    const auto found = from.FindMember(name);
    return found == from.MemberEnd() ? nothing : found->value;
}

const rapidjson::Value& first(const rapidjson::Value& from)
{
    return from.IsArray() && !from.Empty() ? from[0] : nothing;
}

std::string_view text(const rapidjson::Value& from)
{
    return from.IsString() ? std::string_view(from.GetString(), from.GetStringLength()) : std::string_view();
}

}  // namespace tieline::adapters::fhir
