#include "broker/pipeline/patient_key.hpp"

#include "broker/base/digest.hpp"

#include <algorithm>

namespace tieline::pipeline {

std::string patient_key(std::string_view site_key, const std::vector<std::string>& order,
                        const std::vector<model::patient_identifier>& patient)
{
    for (const auto& type : order) {
        const auto named = std::find_if(patient.begin(), patient.end(),
                                        [&](const auto& one) { return one.type == type && !one.value.empty(); });
        if (named != patient.end())
            return hex(hmac_sha256(site_key, named->authority + '|' + named->value), 8);
    }
    return {};
}

}  // namespace tieline::pipeline
