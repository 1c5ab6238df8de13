#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::adapters::fhir {

/// A piece of a text, from its first byte to behind its last.
struct stretch {
    std::size_t begin = 0, end = 0;
};

/// A member that points at another resource: `"reference": "urn:uuid:…"`, or the `url` of an attachment.
struct pointer {
    stretch member{};
    std::string_view name{}, to{};
    bool has_display = false, has_identifier = false;  ///< in the same Reference
};

/// An entry of a Bundle that holds a resource. Views are of the text, without quotes and with its escapes.
struct surveyed_entry {
    std::string_view full_url{}, type{}, id{};
    stretch resource{}, id_member{};
    std::string system{}, value{};       ///< of the identifier that names it; empty where no identifier has both
    bool has_identifier = false;
    bool has_beginning = false;          ///< it says when it began (period.start)
    std::vector<pointer> pointers{};
};

/// What of a Bundle one must know to make another kind of Bundle of it, read without building it in memory.
struct survey {
    std::string_view bundle_type{}, identifier{}, source{};  ///< Bundle.type, .identifier (JSON), the header's source.endpoint
    std::vector<surveyed_entry> entries{};
    std::vector<std::string_view> focus{};                   ///< what MessageHeader.focus points at
};

/// None when it is no Bundle in JSON. Reads nested values of any depth.
std::optional<survey> read_survey(std::string_view json);

}  // namespace tieline::adapters::fhir
