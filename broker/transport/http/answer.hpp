#pragma once

#include "broker/transport/http/head.hpp"
#include "broker/transport/intake.hpp"

#include <boost/beast/http/string_body.hpp>

#include <string>
#include <string_view>

namespace tieline::transport::http {

using response_message = boost::beast::http::response<boost::beast::http::string_body>;

/// A response with a FHIR resource, or none where `body` is empty.
response_message make_response(int status, std::string body);

/// The response to a request that is turned away: an OperationOutcome.
response_message make_response(const objection& why);

/// What the intake replied, as a response; a 202 says below `base` where its status can be read.
response_message make_response(reply said, std::string_view base);

}  // namespace tieline::transport::http
