#pragma once

#include <string>
#include <string_view>

namespace tieline::transport::http {

/// What a request's method and target ask for.
struct asked {
    enum class kind { message, metadata, status, not_allowed, not_found };
    kind what = kind::not_found;
    std::string request{};  ///< of `message`: as `model::received::request`; of `status`: the Tieline id
    std::string allow{};    ///< of `not_allowed`: the methods that the address takes
};

/// Reads a request line: `POST /fhir/Patient?_format=json` below `base` is a message of the request `POST Patient`.
asked read_address(std::string_view method, std::string_view target, std::string_view base);

}  // namespace tieline::transport::http
