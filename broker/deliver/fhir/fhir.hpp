#pragma once

#include "broker/deliver/destination.hpp"

namespace tieline::deliver::fhir {

/// `fhir: {url, send: process-message | bundle | resource, tls, answers}` with `headers:`: posts to a FHIR R4 server.
/// `process-message` posts message Bundles to `<url>/$process-message`; `bundle` posts any Bundle to `<url>`; `resource` sends
/// the one resource of a Bundle (beside its MessageHeader) to its type: PUT where it has an id, else POST.
std::unique_ptr<destination> make_destination(settings::destination from, boost::asio::io_context& context,
                                              model::issues& found);

}  // namespace tieline::deliver::fhir
