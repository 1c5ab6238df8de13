#include "broker/pipeline/cloud_event.hpp"

#include "broker/base/digest.hpp"

#include <algorithm>

namespace tieline::pipeline {
namespace {

// A code from a message's header as part of an event's type: letters, digits, `_` and `-`, at most 64 of them, so that nothing
// else that a sender writes there gets into a header.
std::string plain(std::string_view code)
{
    std::string kept;
    for (const char c : code.substr(0, 64)) {
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-')
            kept += c;
    }
    return kept;
}

std::string event_type(const model::envelope& envelope)
{
    auto type = "tieline.message." + plain(envelope.type);
    if (!envelope.trigger.empty())
        type += '.' + plain(envelope.trigger);
    return type;
}

// W3C Trace Context: version, trace id (16 bytes), parent id (8 bytes), sampled.
std::string traceparent(std::string_view id)
{
    const auto digest = hex(sha256(id), 24);
    return "00-" + digest.substr(0, 32) + '-' + digest.substr(32, 16) + "-01";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> cloud_event_headers(std::string_view node, const model::entry& entry,
                                                                     const model::envelope& envelope,
                                                                     const model::topic_choice& choice)
{
    auto id = tieline_id(node, entry.at);
    auto trace = traceparent(id);
    const bool json = model::is_fhir(choice.form) || envelope.version == "4.0.1";
    return {{"ce_specversion", "1.0"},
            {"ce_id", std::move(id)},
            {"ce_type", event_type(envelope)},
            {"ce_source", "/tieline/" + std::string(node) + '/' + entry.message.listener},
            {"ce_time", to_iso(entry.message.at)},
            {"content-type", std::string(model::name(json ? model::content::fhir : model::content::original))},
            {"traceparent", std::move(trace)},
            {"tieline_route", choice.route},
            {"tieline_purpose", choice.purpose}};
}

}  // namespace tieline::pipeline
