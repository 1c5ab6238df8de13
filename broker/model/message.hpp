#pragma once

#include "broker/base/ids.hpp"
#include "broker/base/time.hpp"
#include "broker/model/explanation.hpp"
#include "broker/model/issue.hpp"

#include <string>
#include <vector>

namespace tieline::model {

/// A message as a transport received it: the first value of the flow.
struct received {
    std::string bytes{};         ///< without framing, as they came
    std::string listener{};      ///< its name in the configuration
    std::string peer{};          ///< `10.1.0.7:51234`, or `folder`
    std::string sender{};        ///< who sent it, where the transport knows (certificate or token name); else the listener
    std::string request{};       ///< HTTP only: `POST $process-message`, `POST Patient`, `PUT Patient/12`, `POST Bundle`
    std::string content_type{};  ///< HTTP only: as sent
    instant at{};                ///< when its last byte came
    /// Of this very message, where the transport knows one (`topic/partition/offset`): it is taken once through its listener,
    /// whatever the duplicate window. Not kept with the entry.
    std::string identity{};
};

/// When an acknowledgment is wanted: HL7 table 0155 (MSH-15, MSH-16).
enum class acknowledge { unsaid, always, never, on_error, on_success };

/// What is read of a message to accept, answer and route it, without normalising it.
struct envelope {
    bool readable = false;       ///< false: no MSH, no JSON resource; nothing below is set then
    std::string control_id{};    ///< MSH-10; Bundle.identifier, else MessageHeader.id
    std::string type{};          ///< MSH-9.1, `ADT`; FHIR: the resource type
    std::string trigger{};       ///< MSH-9.2, `A01`; FHIR: MessageHeader.eventCoding.code
    std::string version{};       ///< MSH-12.1; FHIR: `4.0.1`
    std::string processing_id{}; ///< MSH-11.1; FHIR: `P`
    std::string sending_application{};    ///< MSH-3.1; FHIR: MessageHeader.source.name
    std::string sending_facility{};       ///< MSH-4.1; FHIR: MessageHeader.sender's identifier
    std::string receiving_application{};  ///< MSH-5.1; FHIR: MessageHeader.destination.name
    std::string receiving_facility{};     ///< MSH-6.1; FHIR: MessageHeader.destination.receiver's identifier
    acknowledge accept_ack = acknowledge::unsaid;       ///< MSH-15
    acknowledge application_ack = acknowledge::unsaid;  ///< MSH-16
    bool is_acknowledgment = false;  ///< it holds an MSA; an ACK is never acknowledged
};

/// One identifier of the patient whom the message is about.
struct patient_identifier {
    std::string type{};       ///< CX.5, `MR`, `NHS` for an NHS number whatever the sender called it
    std::string authority{};  ///< CX.4.1, or the FHIR system
    std::string value{};
};

/// A message in its canonical form: the value between adapter and router.
struct normalised {
    std::string bundle{};     ///< FHIR R4 Bundle, JSON in UTF-8; empty when `found` has an error
    std::vector<patient_identifier> patient{};  ///< in the order of the message
    issues found{};
    explanations explained{};    ///< where the adapter was asked for them
};

/// What is to be said to the sender.
struct verdict {
    enum class kind {
        stored,       ///< AA, CA, 200, 202
        rejected,     ///< AR, CR, 4xx: type, version or processing id not accepted, or unreadable
        invalid,      ///< AE, CE, 422: the content is wrong
        unavailable,  ///< can't be stored now: AR with ERR 207, 503
    };
    kind what = kind::stored;
    issues found{};
    std::string id{};   ///< the Tieline id, once there is one
    instant at{};       ///< of the entry, so that the same message gets the same answer byte for byte
};

/// An answer in the sender's own format.
struct answer {
    std::string bytes{};   ///< empty: the sender asked for none
    int http_status = 0;   ///< what HTTP says with it; 0 where the format knows no HTTP
};

/// A message as the journal keeps it.
struct entry {
    offset at{};
    received message{};
    bool refused = false;  ///< answered negatively when it came: kept for ops, never published
};

}  // namespace tieline::model
