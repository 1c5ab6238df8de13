#pragma once

#include <rapidjson/document.h>

#include <string_view>

namespace tieline::adapters::fhir {

/// The member of an object; null (the JSON value) where there is none or `from` is no object.
const rapidjson::Value& member(const rapidjson::Value& from, const char* name);

/// The first element of an array; null where there is none.
const rapidjson::Value& first(const rapidjson::Value& from);

/// A text; empty where the value is none.
std::string_view text(const rapidjson::Value& from);

}  // namespace tieline::adapters::fhir
