#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tieline::app::send {

/// One message of a file.
struct message {
    std::string file{};   ///< the file that it stands in, `-` for standard input
    std::string bytes{};
};

/// The messages of a file's content: HL7 v2, one or several, each from its MSH line (the lines of a batch, FHS BHS BTS FTS, are left
/// out, line ends become CR, MLLP framing goes); FHIR JSON, one resource or NDJSON; NDJSON of `{"id", "message"}`. `as_is` takes
/// the content as one message, unchanged.
std::vector<message> split(const std::string& file, std::string_view content, bool as_is);

/// MSH-10 of an HL7 v2 message; `Bundle.identifier.value`, else MessageHeader's id, else the resource's id of a FHIR one; empty where
/// there is none.
std::string control_id(std::string_view bytes);

/// The message with another control id: MSH-10, or `Bundle.identifier`. A FHIR resource that is no Bundle stays as it is.
std::string with_control_id(std::string_view bytes, std::string_view id);

/// `POST` path of a FHIR resource below the base: `/$process-message` for a message Bundle, empty for other Bundles, `/Patient` …
/// Empty without a resource type.
std::string fhir_path(std::string_view bytes);

}  // namespace tieline::app::send
