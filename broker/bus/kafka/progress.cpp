#include "broker/bus/kafka/progress.hpp"

#include <charconv>

namespace tieline::bus::kafka {
namespace {

std::optional<offset> to_offset(std::string_view text)
{
    offset made;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), made.value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(made) : std::nullopt;
}

std::string text(offset at) { return std::to_string(at.value); }

}  // namespace

note progress_note(std::string_view node, offset through, std::string_view journal)
{
    return {std::string(node), text(through) + ' ' + std::string(journal)};
}

note released_note(std::string_view node, offset at, std::string_view journal)
{
    return {std::string(node) + '/' + text(at), std::string(journal)};
}

note hello_note(std::string_view node) { return {std::string(node) + "/hello", {}}; }

said<progress> read_progress(std::string_view node, const std::vector<note>& notes)
{
    progress made;
    std::vector<std::pair<offset, std::string_view>> released;
    for (const auto& one : notes) {
        const std::string_view key(one.key), value(one.value);
        if (key == node) {
            const auto space = value.find(' ');
            const auto through = to_offset(value.substr(0, space));
            if (!through || space == value.npos)
                return "its record of this node can't be read";
            made.through = *through;
            made.journal = value.substr(space + 1);
        } else if (key.starts_with(node) && key.substr(node.size(), 1) == "/") {
            if (const auto at = to_offset(key.substr(node.size() + 1)))
                released.emplace_back(*at, value);
        }
    }
    for (const auto& [at, journal] : released)
        if (journal == made.journal)
            made.released.insert(at);
    return made;
}

std::string contradiction(const progress& there, std::string_view journal, offset published, offset newest)
{
    if (there.journal.empty())
        return journal.empty() ? "" : "Kafka has no record of this node's progress, the journal is published through " + text(published);
    if (there.journal != journal)
        return "another journal wrote under this node's name, through " + text(there.through);
    if (there.through < published)
        return "Kafka is behind the journal: through " + text(there.through) + ", the journal is published through " + text(published);
    if (there.through > newest)
        return "the journal is older than Kafka: through " + text(there.through) + ", the journal's last entry is " + text(newest);
    return {};
}

}  // namespace tieline::bus::kafka
