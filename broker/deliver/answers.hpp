#pragma once

#include "broker/deliver/destination.hpp"
#include "broker/settings/section.hpp"

#include <map>
#include <string>
#include <string_view>

namespace tieline::deliver {

/// What a receiver's answer means for a message: the table of the design's section 5, with what a destination's own `answers:`
/// says instead.
class answers {
public:
    answers() = default;

    /// Reads `answers: {AE: retry, "204": hold}` of a v2 destination: MSA-1 AE, AR, CE, CR or a code of three digits (ERR-3), to
    /// `retry`, `hold` or `delivered`. Faults are the section's.
    static answers read_v2(settings::section& options);
    /// As `read_v2`, for HTTP status codes from 200 to 599.
    static answers read_http(settings::section& options);

    /// What an acknowledgment says of the parcel. `acknowledgment` is MSA-1; `code` is ERR-3.1, ERR-1.4.1 or MSA-6.1, empty
    /// without one.
    attempt of_v2(std::string_view acknowledgment, std::string_view code, const parcel& one) const;

    /// What an HTTP status says of the parcel.
    attempt of_http(int status, const parcel& one) const;

private:
    const attempt::verdict* given(std::string_view code) const;
    std::map<std::string, attempt::verdict, std::less<>> given_;
};

}  // namespace tieline::deliver
