#pragma once

#include "broker/model/issue.hpp"

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include <optional>
#include <string>

namespace tieline::transport::http {

using head = boost::beast::http::request_header<>;

/// Why a request is turned away, with the status that says so.
struct objection {
    int status = 400;
    model::issue why{};
    bool close = false;  ///< what follows on the connection can't be trusted
};

/// What Beast 1.81 lets through and two servers read differently (request smuggling, RFC 9112 §11.2): a Transfer-Encoding that is
/// not exactly `chunked`, or stands with a Content-Length or in HTTP/1.0; no or several Host headers in HTTP/1.1; several
/// Content-Lengths; a bare CR or LF in a value.
std::optional<objection> check_framing(const head& of);

/// Whether the content is FHIR JSON in UTF-8 (415) and the answer may be (406).
std::optional<objection> check_media(const head& of);

}  // namespace tieline::transport::http
