#pragma once

#include <rapidjson/document.h>

#include <string>

namespace tieline::app {

/// A message's whole way, for a terminal; `way` is one element of the answer to `trace`.
std::string trace_text(const rapidjson::Value& way, bool colours);

}  // namespace tieline::app
