#include "broker/deliver/mllp/segment.hpp"

namespace tieline::deliver::mllp {

std::optional<separators> read_separators(std::string_view message)
{
    if (message.size() < 5 || message.substr(0, 3) != "MSH")
        return std::nullopt;
    separators made{.field = message[3]};
    const auto encoding = part(message.substr(4), made.field, 0);
    char* const into[] = {&made.component, &made.repetition, &made.escape, &made.subcomponent};
    for (std::size_t i = 0; i < 4 && i < encoding.size(); i++)
        *into[i] = encoding[i];
    return made;
}

std::string_view next_segment(std::string_view& rest)
{
    const auto begin = rest.find_first_not_of("\r\n");
    if (begin == std::string_view::npos) {
        rest = {};
        return {};
    }
    rest.remove_prefix(begin);
    const auto segment = rest.substr(0, rest.find_first_of("\r\n"));
    rest.remove_prefix(segment.size());
    return segment;
}

std::string_view part(std::string_view text, char by, std::size_t index)
{
    for (; index > 0; index--) {
        const auto cut = text.find(by);
        if (cut == std::string_view::npos)
            return {};
        text.remove_prefix(cut + 1);
    }
    return text.substr(0, text.find(by));
}

std::string_view control_id(std::string_view message)
{
    const auto declared = read_separators(message);
    return declared ? part(next_segment(message), declared->field, 9) : std::string_view();
}

}  // namespace tieline::deliver::mllp
