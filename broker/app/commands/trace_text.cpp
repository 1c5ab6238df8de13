#include "broker/app/commands/trace_text.hpp"

#include "broker/app/commands/reach.hpp"
#include "broker/app/commands/terminal.hpp"

namespace tieline::app {
namespace {

using rapidjson::Value;

style style_of(std::string_view state)
{
    if (state == "Delivered" || state == "Published")
        return style::good;
    if (state == "Held" || state == "Refused")
        return style::bad;
    return state == "Waiting" || state == "Skipped" || state == "Filtered" || state == "Flagged" ? style::warning : style::plain;
}

std::string joined(std::initializer_list<std::string> parts)
{
    std::string all;
    for (const auto& one : parts)
        all += (all.empty() || one.empty() ? "" : ", ") + one;
    return all;
}

std::string named(std::string_view name, const std::string& value) { return value.empty() ? "" : std::string(name) + value; }

std::string tries_text(const Value& row)
{
    const auto tries = number_in(row, "tries");
    return tries == 0 ? "" : tries == 1 ? "1 try" : grouped(tries) + " tries";
}

// `2026-11-24T10:15:30.123Z` → `10:15:30.123`
std::string clock_of(const std::string& at) { return at.size() == 24 ? at.substr(11, 12) : at; }

std::string head(const Value& way, bool colours)
{
    const auto state = text_in(way, "state");
    auto line = styled(printable(text_in(way, "id")), style::title, colours) + "  " + printable(text_in(way, "control_id")) + "  " +
                printable(text_in(way, "type")) + "  " + styled(state, style_of(state), colours);
    if (const auto reason = text_in(way, "reason"); !reason.empty())
        line += ": " + printable(reason);
    return line + '\n';
}

std::string received_line(const Value& way)
{
    const auto& from = way["received"];
    const auto sender = text_in(from, "sender");
    return "  received     " + text_in(from, "at") + " by " + printable(text_in(from, "listener")) + " from " + printable(text_in(from, "peer")) +
           (sender == text_in(from, "listener") ? "" : " (" + printable(sender) + ")") + named(", ", printable(text_in(from, "request"))) + "\n" +
           "               " + grouped(number_in(from, "bytes")) + " bytes, SHA-256 " + text_in(from, "sha256") + "...\n";
}

std::string issue_lines(const Value& way)
{
    std::string all;
    for (const auto& one : list_in(way, "issues").GetArray())
        all += (all.empty() ? "  issues       " : "               ") + text_in(one, "severity") + named(" ", printable(text_in(one, "at"))) + ": " +
               printable(text_in(one, "text")) + '\n';
    return all;
}

std::string route_lines(const Value& way, bool colours)
{
    std::string all;
    for (const auto& one : list_in(way, "routes").GetArray()) {
        const bool matched = flag_in(one, "matched");
        all += (all.empty() ? "  routes       " : "               ") +
               styled((matched ? "yes  " : "no   ") + printable(text_in(one, "name") + ": " + text_in(one, "why")),
                      matched ? style::plain : style::quiet, colours) + '\n';
    }
    return all;
}

std::string topic_lines(const Value& way)
{
    std::string all;
    for (const auto& one : list_in(way, "topics").GetArray()) {
        std::string place;
        for (const auto& at : list_in(one, "places").GetArray())
            place = "partition " + grouped(number_in(at, "partition")) +
                    (number_in(at, "position") < 0 ? std::string() : ", position " + grouped(number_in(at, "position")));
        all += (all.empty() ? "  topics       " : "               ") +
               joined({text_in(one, "name"), place, text_in(one, "content"), text_in(one, "purpose"), "route " + text_in(one, "route")}) + '\n';
    }
    return all;
}

std::string destination_lines(const Value& way, bool colours)
{
    std::string all;
    for (const auto& one : list_in(way, "destinations").GetArray()) {
        const auto state = text_in(one, "state");
        const bool waits = state == "Waiting";
        all += (all.empty() ? "  deliveries   " : "               ") + printable(text_in(one, "name")) + "  " + styled(state, style_of(state), colours) + "  " +
               joined({waits ? named("since ", clock_of(text_in(one, "since"))) : clock_of(text_in(one, "at")), tries_text(one),
                       waits ? named("next try ", clock_of(text_in(one, "next_try"))) : std::string(),
                       named(waits ? "last try: " : "answer ", printable(text_in(one, "answer"))), waits ? std::string() : printable(text_in(one, "why")),
                       text_in(one, "purpose"), "route " + printable(text_in(one, "route"))}) +
               '\n';
    }
    return all;
}

std::string story_lines(const Value& way, bool colours)
{
    table lines({{"  TIME"}, {"WHAT"}, {"WHERE"}, {"WHY"}});
    for (const auto& one : list_in(way, "story").GetArray()) {
        const auto what = text_in(one, "what");
        lines.add({"  " + clock_of(text_in(one, "at")), {what, style_of(what)}, text_in(one, "where"),
                   joined({text_in(one, "why"), named("answer ", text_in(one, "answer")), tries_text(one), named("by ", text_in(one, "who"))})});
    }
    return lines.empty() ? "" : '\n' + lines.text(colours);
}

}  // namespace

std::string trace_text(const Value& way, bool colours)
{
    return head(way, colours) + received_line(way) + issue_lines(way) + route_lines(way, colours) + topic_lines(way) +
           destination_lines(way, colours) + story_lines(way, colours);
}

}  // namespace tieline::app
