#include "broker/pipeline/acceptance.hpp"

#include <algorithm>

namespace tieline::pipeline {
namespace {

bool takes(const std::vector<std::string>& allowed, const std::string& value)
{
    return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

void require(const std::vector<std::string>& allowed, const std::string& value, int v2_code, std::string_view at,
             std::string_view what, model::issues& found)
{
    if (takes(allowed, value))
        return;
    std::string expected;
    for (const auto& one : allowed)
        expected += (expected.empty() ? "" : ", ") + one;
    found.push_back({.code = "not-supported", .v2_code = v2_code, .at = std::string(at),
                     .diagnostics = std::string(what) + " is not accepted here, expected " + expected});
}

}  // namespace

bool may_send(const settings::listener& listener, const model::envelope& envelope)
{
    return takes(listener.sending_application, envelope.sending_application) &&
           takes(listener.sending_facility, envelope.sending_facility);
}

void check_accepted(const settings::listener& listener, const model::envelope& envelope, model::issues& found)
{
    const auto& accept = listener.accept;
    require(accept.type, envelope.type, 200, "MSH-9.1", "the message type", found);
    require(accept.processing_id, envelope.processing_id, 202, "MSH-11.1", "the processing id", found);
    require(accept.version, envelope.version, 203, "MSH-12.1", "the version", found);
}

bool expects_application_ack(const settings::listener& listener, const model::envelope& envelope)
{
    using model::acknowledge;
    const auto asks = [](acknowledge which) { return which != acknowledge::unsaid && which != acknowledge::never; };
    const bool enhanced = listener.mode == "enhanced" || (listener.mode == "auto" && asks(envelope.accept_ack));
    return enhanced && asks(envelope.application_ack) && !envelope.is_acknowledgment;
}

}  // namespace tieline::pipeline
