#pragma once

#include "broker/model/issue.hpp"

#include <rapidjson/document.h>

#include <string_view>

namespace tieline::adapters::fhir {

/// How a resource came: a FHIR interaction (R4 §3.1.0), or none where it came as a file.
struct request {
    enum class kind { unsaid, bundle, process_message, create, update };
    kind what = kind::unsaid;
    std::string_view type{};  ///< of `create` and `update`
    std::string_view id{};    ///< of `update`
};

/// From `model::received::request`: `POST Bundle`, `POST $process-message`, `POST Patient`, `PUT Patient/12`, or nothing.
request read_request(std::string_view text);

/// Whether the resource is what the request says that it is; issues with the FHIRPath of what is wrong.
void check_request(const request& asked, const rapidjson::Value& resource, model::issues& found);

}  // namespace tieline::adapters::fhir
