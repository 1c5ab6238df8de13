#pragma once

#include "broker/model/message.hpp"

#include <rapidjson/document.h>

#include <vector>

namespace tieline::adapters::fhir {

/// The resource of a message Bundle's first entry; null (the JSON value) for anything else.
const rapidjson::Value& message_header(const rapidjson::Value& resource);

/// What is needed to route a resource: see the fields of `model::envelope`.
model::envelope read_envelope(const rapidjson::Value& resource);

/// The identifiers of the first Patient: the resource itself, or the first in the Bundle; with no Patient there, the identifier by
/// which the first resource that does so names one (`subject.identifier`, `patient.identifier`). The type is `NHS` for an NHS number,
/// else the type's code, else `MR`; the authority is the system.
std::vector<model::patient_identifier> read_patient(const rapidjson::Value& resource);

/// Warns of each Patient's identifier that claims the NHS number's system and is no NHS number; a receiver would find nobody by it.
void check_nhs_numbers(const rapidjson::Value& resource, model::issues& found);

}  // namespace tieline::adapters::fhir
