#pragma once

#include "broker/deliver/dispatcher.hpp"
#include "broker/model/decision.hpp"
#include "broker/model/message.hpp"
#include "broker/pipeline/ways.hpp"
#include "broker/route/router.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tieline::pipeline {

/// A message after normalising and deciding: all that its publish batch needs.
struct processed {
    model::envelope envelope{};
    model::outcome outcome{};
    std::string bundle{};      ///< empty where no route publishes FHIR, or there is none
    std::string record_key{};
    bool settled = false;      ///< its answer waited for this (`ack: processed`)
    bool answered_later = false;   ///< an application acknowledgment may be due over the sender's connection ...
    std::string acknowledgment{};  ///< ... or at a destination: its bytes, empty when none is
};

/// What this node adds to every message.
struct site {
    std::string node{};
    std::string key{};
    std::string topic_prefix{};
};

/// Normalises and decides one entry that was accepted. Pure but for the clock of the outcome's times: after a crash it is made
/// again from the entry, the same. `again`: it was processed before and is released, so that nothing more is said to its sender.
processed process(const model::entry& entry, way& from, const route::router& router, const site& here, bool again = false);

/// The application acknowledgment of a message, from what normalising said of it. `id` and `time` are those of its entry.
std::string application_ack(const model::received& message, adapters::adapter& with, const model::envelope& envelope,
                            const model::issues& found, std::string id, instant time);

/// The bus does not take a record of this message, so nothing of it is published: Held, or Refused where its sender waits
/// for the bus (`ack: published`).
void hold_back(processed& made, std::string why, bool answered_after_bus);

/// The records of a processed message, one a topic.
std::vector<model::record> make_records(const model::entry& entry, const processed& what, const site& here);

/// Its rows in the delivery queue: one a destination, and one of `deliver::before_the_bus` when it is Held.
std::vector<deliver::queued> make_deliveries(const model::entry& entry, const processed& what);

}  // namespace tieline::pipeline
