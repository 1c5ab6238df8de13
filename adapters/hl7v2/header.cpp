#include "adapters/hl7v2/header.hpp"

#include "adapters/hl7v2/text.hpp"

#include <algorithm>

namespace tieline::adapters::hl7v2 {
namespace {

// In UTF-8, whatever the message's character set: these texts only choose routes and name senders.
std::string plain(std::string_view text)
{
    text = trim(text);
    if (is_utf8(text))
        return std::string(text);
    std::string made;
    append_windows_1252(text, made);
    return made;
}

// HL7 table 0155.
model::acknowledge to_acknowledge(std::string_view code)
{
    code = trim(code);
    if (code == "AL")
        return model::acknowledge::always;
    if (code == "NE")
        return model::acknowledge::never;
    if (code == "ER")
        return model::acknowledge::on_error;
    return code == "SU" ? model::acknowledge::on_success : model::acknowledge::unsaid;
}

std::string_view line_at(std::string_view bytes, std::size_t start)
{
    return bytes.substr(start, bytes.find_first_of("\r\n", start) - start);
}

// The segment after MSH and at most software and accreditation segments: where an MSA and an EVN stand.
std::string_view first_segment(std::string_view bytes)
{
    for (int line = 0; line < 16; line++) {
        const auto end = bytes.find_first_of("\r\n");
        const auto next = end == std::string_view::npos ? end : bytes.find_first_not_of("\r\n", end);
        if (next == std::string_view::npos)
            return {};
        bytes.remove_prefix(next);
        if (!bytes.starts_with("SFT") && !bytes.starts_with("UAC") && !bytes.starts_with("ARV") && !bytes.starts_with("NTE"))
            return line_at(bytes, 0);
    }
    return {};
}

}  // namespace

std::string_view header::part(unsigned number, unsigned component) const
{
    return part_of(part_of(field(number), marks.repetition, 1), marks.component, component);
}

header read_header(std::string_view bytes, model::issues& found)
{
    header read;
    bytes = without_preamble(bytes);
    if (!read_separators(bytes, read.marks, found))
        return read;
    auto rest = line_at(bytes, 0).substr(3);
    read.fields[1] = rest.substr(0, 1);
    rest.remove_prefix(1);
    std::size_t number = 2;
    for (bool more = true; more && number < read.fields.size(); number++) {
        const auto end = rest.find(read.marks.field);
        read.fields[number] = rest.substr(0, end);
        more = end != std::string_view::npos;
        rest.remove_prefix(more ? end + 1 : 0);
    }
    if (number < 11) {
        found.push_back({.code = "structure", .v2_code = 101, .at = "MSH",
                         .diagnostics = "the MSH segment ends before its message type and control id"});
        return read;
    }
    read.readable = true;
    const auto first = first_segment(bytes);
    read.has_msa = first.starts_with("MSA");
    read.event = read.part(9, 2);
    if (read.event.empty() && first.starts_with("EVN"))  // HL7 v2.1 names it there alone
        read.event = part_of(first, read.marks.field, 2);
    return read;
}

model::envelope to_envelope(const header& from, model::issues& found)
{
    model::envelope made;
    made.readable = from.readable;
    if (!from.readable)
        return made;
    made.control_id = plain(from.part(10, 1));
    made.type = plain(from.part(9, 1));
    made.trigger = plain(from.event);
    made.version = plain(from.part(12, 1));
    made.processing_id = plain(from.part(11, 1));
    made.sending_application = plain(from.part(3, 1));
    made.sending_facility = plain(from.part(4, 1));
    made.receiving_application = plain(from.part(5, 1));
    made.receiving_facility = plain(from.part(6, 1));
    made.accept_ack = to_acknowledge(from.field(15));
    made.application_ack = to_acknowledge(from.field(16));
    made.is_acknowledgment = from.has_msa;
    if (made.control_id.empty())
        found.push_back({.code = "required", .v2_code = 101, .at = "MSH-10", .diagnostics = "the message control id is missing"});
    return made;
}

}  // namespace tieline::adapters::hl7v2
