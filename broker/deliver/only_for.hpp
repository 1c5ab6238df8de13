#pragma once

#include "broker/settings/settings.hpp"

namespace tieline::deliver {

/// False and an issue where a destination has a `set:` that its kind has no use for.
inline bool refuse_set(const settings::destination& given, model::issues& found)
{
    if (!given.set.empty())
        found.push_back({.at = given.at, .diagnostics = "destination " + given.name + ": `set` is for kind mllp"});
    return given.set.empty();
}

/// As `refuse_set`, for `headers:`.
inline bool refuse_headers(const settings::destination& given, model::issues& found)
{
    if (!given.headers.empty())
        found.push_back({.at = given.at, .diagnostics = "destination " + given.name + ": `headers` is for kind fhir"});
    return given.headers.empty();
}

}  // namespace tieline::deliver
