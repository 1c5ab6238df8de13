#pragma once

#include "broker/base/ids.hpp"
#include "broker/base/time.hpp"
#include "broker/model/issue.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline::model {

/// What is sent on: the FHIR Bundle with the message that it was made of, the bytes as they were received, the Bundle alone, or (to a
/// destination only) Tieline's own acknowledgment of the message. The numbers are stored.
enum class content { fhir = 0, original = 1, fhir_alone = 2, acknowledgment = 3 };

constexpr bool is_fhir(content form) { return form == content::fhir || form == content::fhir_alone; }

/// The media type of a record or a delivery: `application/fhir+json` or `application/hl7-v2+er7`.
std::string_view name(content form);

/// A topic that gets the message.
struct topic_choice {
    std::string topic{};   ///< without the bus's prefix
    content form = content::fhir;
    std::string route{};   ///< the first route that named it
    std::string purpose{}; ///< `direct-care`, `secondary-use`
};

/// A destination that gets the message.
struct destination_choice {
    std::string destination{};
    content form = content::fhir;
    std::string route{};
    std::string purpose{};
};

/// What one route said of the message.
struct route_reason {
    std::string route{};
    bool matched = false;
    std::string why{};     ///< `type ADT, trigger A01`, or `trigger A08 is none of A01, A02, A03`
};

/// Where a message goes, and why: the value between router and bus.
struct decided {
    std::vector<topic_choice> topics{};
    std::vector<destination_choice> destinations{};
    std::vector<route_reason> reasons{};
    bool filtered() const { return topics.empty(); }
};

/// One record on the bus.
struct record {
    std::string topic{};   ///< full name, with the prefix
    std::string key{};     ///< 16 hex digits of the patient's keyed hash, or the sender
    content form = content::fhir;
    std::string value{};   ///< the content; the embedded bus stores a reference to it instead
    std::vector<std::pair<std::string, std::string>> headers{};  ///< ce_id, ce_type, …
    offset at{};           ///< the entry it was made from
};

/// The states of a message (design, section 5).
enum class message_state { stored, published, filtered, held, refused };
std::string_view name(message_state state);

/// Where a record came to lie.
struct topic_place {
    std::string topic{};
    std::int32_t partition = 0;
    std::int64_t position = -1;  ///< the bus's own offset; -1: not known
};

/// What became of a message: written once, with its publish batch.
struct outcome {
    message_state state = message_state::stored;
    std::string reason{};      ///< for filtered, held and refused: why
    decided decision{};
    std::vector<topic_place> places{};
    issues found{};            ///< what normalising said
    instant normalised_at{};
    instant published_at{};
    std::string patient_key{}; ///< 16 hex digits; empty without a patient
};

/// The states of a message at a destination (design, section 5).
enum class delivery_state { waiting, delivered, held, skipped };
std::string_view name(delivery_state state);

/// One message at one destination, while it is unfinished.
struct delivery {
    delivery_state state = delivery_state::waiting;
    content form = content::fhir;
    std::string key{};         ///< lane: deliveries of one key go one after the other
    std::uint32_t tries = 0;
    instant since{};           ///< when it began to wait here
    instant next_try{};
    std::string last_answer{}; ///< our own words and the answer's code, never its text
    std::string acknowledgment{};  ///< what is sent, for that content
};

}  // namespace tieline::model
