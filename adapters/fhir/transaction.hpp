#pragma once

#include <string>
#include <string_view>

namespace tieline::adapters::fhir {

/// A transaction Bundle, or the reason in our own words why there is none.
struct transaction {
    std::string bundle{};
    std::string why_not{};
};

/// By what a server finds again what it has: by the ids that Tieline gives, or, of who and where, by their identifiers.
enum class match { id, identifier };

/// Makes a transaction of a message Bundle in JSON: the same resources as updates that a FHIR server can take again and again
/// (README, "As a transaction"). Bundles that are transactions already stay as they are. Keeps only places of the text in memory, and
/// copies what it does not change byte for byte.
transaction make_transaction(std::string bundle, match by = match::id);

}  // namespace tieline::adapters::fhir
