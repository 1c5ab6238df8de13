#pragma once

#include "adapters/hl7v2/tree.hpp"

#include <string>

namespace tieline::adapters::hl7v2 {

/// What the ids of a type go by, besides its identifiers.
struct naming {
    bool one_of_a_kind = false;   ///< two that say the same are one ...
    bool is_patient = false;      ///< ... but two patients only in one message ...
    bool is_specimen = false;     ///< ... and two samples only in one order or report
    bool is_order = false;        ///< an order or a report
    bool is_report = false;
    bool is_relative = false;     ///< two may share a name; but what says all the same is one
};
const naming& naming_of(const fhir::type& of);

/// The identifier that names a resource: the first with a value, a patient's own number before the NHS number, as that comes and
/// goes within one feed. Null when it has none, or none that is its alone (one policy insures a family).
const node* naming_identifier(const resource& of);

/// Appends what tells resources apart that stand under one order's number: what was ordered, given or found.
void add_subject_matter(const resource& of, std::string& key);

/// Appends what names a resource without an identifier wherever it comes again: whose it is, within what, what it is, when. False,
/// and nothing appended, where the message does not say enough.
bool add_context(const resource& of, std::string& key);

}  // namespace tieline::adapters::hl7v2
