#pragma once

#include "adapters/hl7v2/parse.hpp"
#include "broker/model/message.hpp"

#include <array>
#include <string>
#include <string_view>

namespace tieline::adapters::hl7v2 {

/// The MSH segment of a message and whether an MSA follows: all that is needed to accept, answer and route it. Views into
/// the bytes.
struct header {
    separators marks{};
    std::array<std::string_view, 26> fields{};  ///< MSH-1 is fields[1]; empty where there is none
    std::string_view event{};                   ///< MSH-9.2, where that is empty EVN-1
    bool readable = false;
    bool has_msa = false;

    std::string_view field(unsigned number) const { return number < fields.size() ? fields[number] : std::string_view(); }
    /// A component of a field's first repetition.
    std::string_view part(unsigned number, unsigned component) const;
};

/// Reads the header. Looks at the first line and, for the MSA, at the few that may stand before it. Errors: issues; not readable then.
header read_header(std::string_view bytes, model::issues& found);

/// What the broker wants to know of it, in UTF-8. Errors (issues): MSH-10 empty, v2 code 101.
model::envelope to_envelope(const header& from, model::issues& found);

}  // namespace tieline::adapters::hl7v2
