#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tieline::model {

enum class severity { fatal, error, warning, information };

/// One thing that is wrong with a message or a configuration. Errors of operations are `error_code`s, not issues.
struct issue {
    severity level = severity::error;
    std::string code = "invalid";   ///< FHIR R4 issue-type: structure, required, value, not-supported, …
    int v2_code = 207;              ///< HL7 table 0357, for ERR-3: 100 to 103, 200 to 207
    std::string at{};               ///< `PID-3[2].4.1`, a FHIRPath, or `file:line`; empty: the whole
    std::string diagnostics{};      ///< our own words: what, and what was expected; never received text
};

using issues = std::vector<issue>;

/// `fatal`, `error`, `warning`, `information`: FHIR R4's issue-severity.
std::string_view name(severity level);

/// Whether one of them is an error or fatal.
bool has_error(const issues& found);

/// `at: diagnostics`, for a terminal or a trace.
std::string to_text(const issue& one);

/// The issues as a FHIR R4 OperationOutcome in JSON; `informational` "All OK" when there are none (R4 requires one).
std::string operation_outcome(const issues& found);

}  // namespace tieline::model
