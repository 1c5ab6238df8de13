#pragma once

#include "adapters/hl7v2/hl7v2.hpp"

#include <catch2/catch.hpp>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

#include <map>
#include <string>
#include <vector>

namespace sample {

using namespace tieline;

/// A message converted, and ways to look into its Bundle.
class converted {
public:
    explicit converted(const std::string& message, adapters::options given = {.time_zone = "Europe/London"})
    {
        model::issues faults;
        const auto adapter = adapters::hl7v2::make_adapter(given, faults);
        for (const auto& fault : faults)
            UNSCOPED_INFO(model::to_text(fault));
        REQUIRE(adapter);
        made = adapter->normalise({.bytes = message});
        bundle.Parse(made.bundle.c_str());
    }

    std::vector<const rapidjson::Value*> all(const std::string& type) const
    {
        std::vector<const rapidjson::Value*> found;
        if (!bundle.IsObject() || !bundle.HasMember("entry"))
            return found;
        for (const auto& entry : bundle["entry"].GetArray()) {
            if (entry["resource"]["resourceType"].GetString() == type)
                found.push_back(&entry["resource"]);
        }
        return found;
    }

    /// The text at a JSON pointer in the nth resource of a type; empty where there is none.
    std::string at(const std::string& type, const std::string& pointer, std::size_t nth = 0) const
    {
        const auto resources = all(type);
        return nth < resources.size() ? text(*resources[nth], pointer) : "";
    }

    static std::string text(const rapidjson::Value& from, const std::string& pointer)
    {
        const auto* const found = rapidjson::Pointer(pointer.c_str()).Get(from);
        if (!found)
            return "";
        if (found->IsString())
            return found->GetString();
        if (found->IsBool())
            return found->GetBool() ? "true" : "false";
        return found->IsInt() ? std::to_string(found->GetInt()) : found->IsNumber() ? std::to_string(found->GetDouble()) : "?";
    }

    const model::issue* issue_at(const std::string& place) const
    {
        for (const auto& one : made.found) {
            if (one.at == place)
                return &one;
        }
        return nullptr;
    }

    model::normalised made{};
    rapidjson::Document bundle{};
};

inline std::string header(const std::string& type, const std::string& version = "2.5.1")
{
    return "MSH|^~\\&|PAS|RYJ|TIE|RYJ|20260110091530||" + type + "|C1|P|" + version + "\r";
}

/// A segment of the fields that are named; the others are empty.
inline std::string segment(const std::string& name, const std::map<int, std::string>& fields)
{
    auto made = name;
    for (int number = 1; number <= fields.rbegin()->first; number++)
        made += "|" + (fields.contains(number) ? fields.at(number) : "");
    return made + "\r";
}

inline const std::string patient =
    "PID|1||4001^^^RYJ^MR~9434765919^^^NHS^NH||O'NEILL^AOIFE^MARY^^MRS^^L||19810214|F|||12 HIGH STREET^FLAT 2^LEEDS^WEST YORKSHIRE^LS1 4AP^GBR^H||^PRN^PH^^44^113^4960123||en^English^ISO639|M^Married^HL70002\r";

}  // namespace sample
