#pragma once

#include "broker/transport/listener.hpp"

namespace tieline::transport::http {

/// A listener of FHIR R4 over HTTP/1.1, with TLS and client certificates or a bearer token where configured. Its keys stand below
/// `http:`.
/// Errors (issues): each key's, each range of `from:` that is none.
std::unique_ptr<listener> make_listener(settings::listener from, listener_parts parts, model::issues& found);

}  // namespace tieline::transport::http
