#include "broker/model/decision.hpp"

namespace tieline::model {

std::string_view name(content form)
{
    return is_fhir(form) ? "application/fhir+json" : "application/hl7-v2+er7";
}

std::string_view name(message_state state)
{
    switch (state) {
    case message_state::stored: return "Stored";
    case message_state::published: return "Published";
    case message_state::filtered: return "Filtered";
    case message_state::held: return "Held";
    case message_state::refused: break;
    }
    return "Refused";
}

std::string_view name(delivery_state state)
{
    switch (state) {
    case delivery_state::waiting: return "Waiting";
    case delivery_state::delivered: return "Delivered";
    case delivery_state::held: return "Held";
    case delivery_state::skipped: break;
    }
    return "Skipped";
}

}  // namespace tieline::model
