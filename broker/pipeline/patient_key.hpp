#pragma once

#include "broker/model/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tieline::pipeline {

/// The key that keeps one patient's messages together and says nothing about the patient: the first 16 hex digits of
/// HMAC-SHA-256(site key, authority|value) of the first identifier of the first type of `order` that the message has.
/// Empty when it has none of them (design, section 4).
std::string patient_key(std::string_view site_key, const std::vector<std::string>& order,
                        const std::vector<model::patient_identifier>& patient);

}  // namespace tieline::pipeline
