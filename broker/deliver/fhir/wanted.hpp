#pragma once

#include "broker/transport/http/client.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tieline::deliver::fhir {

/// What a destination does with a message (`send:`).
enum class interaction { process_message, transaction, conditional_transaction, bundle, resource };

/// The request of one message, or the reason why this interaction can't carry it.
struct wanted {
    transport::http::request request{};
    std::string why_not{};
};

/// Makes the request's method, path and body; `base` is the path of the FHIR server's base URL.
wanted make_request(interaction how, const std::string& base, std::string bytes);

/// What the message Bundle that answers `$process-message` says: `ok`, `transient-error`, `fatal-error`
/// (http://hl7.org/fhir/R4/valueset-response-code.html); empty when the body is none.
std::string response_code(std::string_view body);

}  // namespace tieline::deliver::fhir
