#include "broker/pipeline/processing.hpp"

#include "broker/bus/bus.hpp"
#include "broker/model/original.hpp"
#include "broker/pipeline/acceptance.hpp"
#include "broker/pipeline/cloud_event.hpp"
#include "broker/pipeline/patient_key.hpp"

#include <algorithm>
#include <iterator>

namespace tieline::pipeline {
namespace {

bool wants_fhir(const model::decided& decision)
{
    const auto is_fhir = [](const auto& choice) { return model::is_fhir(choice.form); };
    return std::any_of(decision.topics.begin(), decision.topics.end(), is_fhir) ||
           std::any_of(decision.destinations.begin(), decision.destinations.end(), is_fhir);
}

void keep_originals(model::decided& decision)
{
    const auto is_fhir = [](const auto& choice) { return model::is_fhir(choice.form); };
    std::erase_if(decision.topics, is_fhir);
    std::erase_if(decision.destinations, is_fhir);
}

std::string first_error(const model::issues& found)
{
    const auto error = std::find_if(found.begin(), found.end(),
                                    [](const auto& one) { return one.level <= model::severity::error; });
    return error == found.end() ? std::string() : model::to_text(*error);
}

// What no bus takes would stop all that comes after it.
void check_size(std::string_view bundle, std::string_view original, model::issues& found)
{
    if (std::max(bundle.size(), original.size()) > bus::most_record_bytes)
        found.push_back({.code = "too-long", .diagnostics = "larger than a record on the bus may be, 48 MiB"});
}

// Not normalised: a sender that waits for the verdict is refused; else what was to go on as FHIR is Held, and what goes on as it
// was received goes on.
void hold_or_refuse(processed& made, bool answered_later)
{
    made.outcome.reason = first_error(made.outcome.found);
    made.outcome.state = answered_later ? model::message_state::refused : model::message_state::held;
    if (answered_later)
        made.outcome.decision.topics.clear(), made.outcome.decision.destinations.clear();
    else
        keep_originals(made.outcome.decision);
}

// One that goes to a destination is a delivery like any other; no route takes part in it.
void acknowledge(processed& made, const model::entry& entry, way& from, const site& here)
{
    made.acknowledgment = application_ack(entry.message, *from.adapter, made.envelope, made.outcome.found, tieline_id(here.node, entry.at),
                                          entry.message.at);
    const auto& to = from.listener.application_ack_to;
    made.answered_later = to.empty();
    if (!to.empty() && !made.acknowledgment.empty())
        made.outcome.decision.destinations.push_back({.destination = to, .form = model::content::acknowledgment});
}

}  // namespace

std::string application_ack(const model::received& message, adapters::adapter& with, const model::envelope& envelope,
                            const model::issues& found, std::string id, instant time)
{
    model::verdict verdict{.id = std::move(id), .at = time};
    verdict.what = model::has_error(found) ? model::verdict::kind::invalid : model::verdict::kind::stored;
    std::copy_if(found.begin(), found.end(), std::back_inserter(verdict.found), [](const auto& one) { return one.level <= model::severity::error; });
    return with.application_answer(message, envelope, verdict).bytes;
}

processed process(const model::entry& entry, way& from, const route::router& router, const site& here, bool again)
{
    processed made;
    model::issues unused;  // what `open` says was said when the message came
    made.envelope = from.adapter->open(entry.message, unused);
    made.settled = from.listener.ack_processed;
    const bool to_acknowledge = !again && expects_application_ack(from.listener, made.envelope);
    auto& outcome = made.outcome;
    outcome.decision = router.decide({.listener = entry.message.listener, .envelope = made.envelope});
    outcome.state = model::message_state::published;
    if (outcome.decision.filtered()) {
        outcome.state = model::message_state::filtered;
        outcome.reason = router.routes().empty() ? "there is no route" : "no route takes it";
    }
    if (outcome.state == model::message_state::published || made.settled || to_acknowledge) {
        auto normalised = from.adapter->normalise(entry.message);
        outcome.found = std::move(normalised.found);
        outcome.patient_key = patient_key(here.key, from.listener.patient_key, normalised.patient);
        check_size(normalised.bundle, entry.message.bytes, outcome.found);
        const bool needs_bundle = wants_fhir(outcome.decision) || made.settled;
        if (model::has_error(outcome.found) && needs_bundle)
            hold_or_refuse(made, made.settled);
        else if (wants_fhir(outcome.decision))
            made.bundle = std::move(normalised.bundle);
    }
    if (to_acknowledge)
        acknowledge(made, entry, from, here);
    outcome.normalised_at = now();
    made.record_key = outcome.patient_key.empty() ? entry.message.sender : outcome.patient_key;
    return made;
}

void hold_back(processed& made, std::string why, bool answered_after_bus)
{
    made.outcome.found.push_back({.code = "too-long", .diagnostics = why});
    made.outcome.reason = std::move(why);
    made.outcome.state = answered_after_bus ? model::message_state::refused : model::message_state::held;
    made.outcome.decision.topics.clear();
    made.outcome.decision.destinations.clear();
    made.acknowledgment.clear();  // it said that all was well
}

std::vector<model::record> make_records(const model::entry& entry, const processed& what, const site& here)
{
    std::vector<model::record> records;
    for (const auto& choice : what.outcome.decision.topics) {
        model::record record{.topic = here.topic_prefix + choice.topic, .key = what.record_key, .form = choice.form};
        if (choice.form == model::content::fhir_alone)
            record.value = model::without_original(what.bundle);
        else
            record.value = choice.form == model::content::fhir ? what.bundle : entry.message.bytes;
        record.headers = cloud_event_headers(here.node, entry, what.envelope, choice);
        record.at = entry.at;
        records.push_back(std::move(record));
    }
    return records;
}

std::vector<deliver::queued> make_deliveries(const model::entry& entry, const processed& what)
{
    std::vector<deliver::queued> rows;
    const auto add = [&](std::string_view destination, model::delivery_state state, model::content form) {
        const bool own = form == model::content::acknowledgment;
        rows.push_back({.destination = std::string(destination), .at = entry.at,
                        .what = {.state = state, .form = form, .key = what.record_key, .since = what.outcome.normalised_at,
                                 .last_answer = what.outcome.reason, .acknowledgment = own ? what.acknowledgment : std::string()}});
    };
    for (const auto& choice : what.outcome.decision.destinations)
        add(choice.destination, model::delivery_state::waiting, choice.form);
    if (what.outcome.state == model::message_state::held)
        add(deliver::before_the_bus, model::delivery_state::held, model::content::fhir);
    return rows;
}

}  // namespace tieline::pipeline
