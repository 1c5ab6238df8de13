#include "broker/deliver/mllp/reply.hpp"

#include "broker/deliver/mllp/segment.hpp"

#include <algorithm>

namespace tieline::deliver::mllp {
namespace {

constexpr std::string_view acknowledgments[] = {"AA", "AE", "AR", "CA", "CE", "CR"};

// ERR-3.1 (HL7 v2.5 on), else ERR-1.4.1 (before); nothing of a segment that only warns or informs (ERR-4).
std::string_view error_code_of(std::string_view segment, const separators& by)
{
    const auto severity = part(segment, by.field, 4);
    if (severity == "W" || severity == "I")
        return {};
    if (const auto code = part(part(segment, by.field, 3), by.component, 0); !code.empty())
        return code;
    const auto location = part(part(segment, by.field, 1), by.repetition, 0);
    return part(part(location, by.component, 3), by.subcomponent, 0);
}

}  // namespace

std::optional<reply> read_reply(std::string_view frame)
{
    const auto by = read_separators(frame);
    if (!by)
        return std::nullopt;
    reply made;
    std::string condition;  // MSA-6.1, of v2.4 and before
    for (auto segment = next_segment(frame); !segment.empty(); segment = next_segment(frame)) {
        const auto name = part(segment, by->field, 0);
        if (name == "MSA" && made.acknowledgment.empty()) {
            made.acknowledgment = part(segment, by->field, 1);
            made.control_id = part(segment, by->field, 2);
            condition = part(part(segment, by->field, 6), by->component, 0);
        } else if (name == "ERR" && made.code.empty()) {
            made.code = error_code_of(segment, *by);
        }
    }
    if (made.code.empty())
        made.code = condition;
    const auto known = std::find(std::begin(acknowledgments), std::end(acknowledgments), made.acknowledgment);
    return known == std::end(acknowledgments) ? std::nullopt : std::optional(std::move(made));
}

}  // namespace tieline::deliver::mllp
