#include "broker/app/commands.hpp"
#include "broker/app/commands/reach.hpp"
#include "broker/app/commands/terminal.hpp"
#include "broker/app/commands/trace_text.hpp"
#include "broker/ops/json.hpp"
#include "broker/ops/queries.hpp"

#include <iostream>
#include <memory>

namespace tieline::app {
namespace {

using rapidjson::Value;

struct arguments {
    std::vector<std::string> ids;
    std::string config, destination, reason;
    bool json = false, yes = false, all = false;
};

std::optional<rapidjson::Document> held_rows(const settings::configuration& given, const std::string& destination)
{
    const auto request = ops::json_text().begin_object().member("do", "held").member("destination", destination).end_object().take();
    return look(given, request, "held", [&](store::store& from) { return ops::held(from, given.node, destination); });
}

// The answer with its code; the code alone where that is all there is.
std::string why_held(const Value& row)
{
    const auto reason = text_in(row, "reason");
    const auto answer = text_in(row, "answer");
    return reason.empty() ? answer : reason;
}

table::cell passed_by(const Value& row)
{
    const auto later = number_in(row, "delivered_since");
    return {grouped(later), later > 0 ? style::warning : style::plain};
}

int list(const arguments& asked)
{
    const auto given = configuration_to_reach(asked.config);
    if (!given)
        return usage;
    const auto found = held_rows(*given, asked.destination);
    if (!found || !found->IsArray())
        return failed;
    const bool colours = takes_colours();
    table rows({{"ID"}, {"CONTROL ID"}, {"TYPE"}, {"DESTINATION"}, {"HELD AT"}, {"TRIES", true}, {"LATER", true}, {"WHY"}});
    for (const auto& one : found->GetArray()) {
        if (asked.json)
            std::cout << one_line(one) << '\n';
        rows.add({text_in(one, "id"), text_in(one, "control_id"), text_in(one, "type"), text_in(one, "destination"), text_in(one, "since").substr(0, 19),
                  grouped(number_in(one, "tries")), passed_by(one), why_held(one)});
    }
    if (asked.json)
        return all_well;
    if (found->Empty())
        std::cout << "nothing is held\n";
    else
        std::cout << rows.text(colours) << "\nLATER: messages of the same patient that were delivered there since.\n";
    return all_well;
}

int show(const arguments& asked)
{
    const auto given = configuration_to_reach(asked.config);
    if (!given)
        return usage;
    const auto& id = asked.ids.front();
    const auto request = ops::json_text().begin_object().member("do", "trace").member("id", id).end_object().take();
    const auto ways = look(*given, request, "traces", [&](store::store& from) { return ops::traces(from, given->node, id); });
    const auto rows = ways ? held_rows(*given, asked.destination) : std::nullopt;
    if (!rows || !rows->IsArray() || !ways->IsArray())
        return failed;
    bool any = false;
    for (const auto& one : rows->GetArray()) {
        if (text_in(one, "id") != id && text_in(one, "control_id") != id)
            continue;
        any = true;
        if (asked.json)
            std::cout << one_line(one) << '\n';
        else
            std::cout << printable(text_in(one, "id")) << " is held at " << printable(text_in(one, "destination")) << ": " << printable(why_held(one)) << "\n"
                      << grouped(number_in(one, "delivered_since")) << " later messages of the same patient were delivered there since\n\n";
    }
    if (!any)
        return complain(some_refused, printable(id) + " is not held");
    for (const auto& way : ways->GetArray())
        std::cout << (asked.json ? one_line(way) + '\n' : trace_text(way, takes_colours()));
    return all_well;
}

std::string request_of(std::string_view what, const arguments& asked)
{
    ops::json_text json;
    json.begin_object().member("do", what).begin_array("ids");
    for (const auto& id : asked.ids)
        json.text(id);
    json.end_array()
        .member("destination", asked.destination)
        .member("all", asked.all)
        .member("reason", asked.reason)
        .member("commit", asked.yes);
    return json.end_object().take();
}

void print_rows(const Value& said)
{
    table rows({{"ID"}, {"CONTROL ID"}, {"TYPE"}, {"DESTINATION"}, {"STATE"}, {"LATER", true}, {""}});
    for (const auto& one : list_in(said, "rows").GetArray())
        rows.add({text_in(one, "id"), text_in(one, "control_id"), text_in(one, "type"), text_in(one, "destination"), text_in(one, "state"),
                  passed_by(one), {text_in(one, "error"), style::bad}});
    if (!rows.empty())
        std::cout << rows.text(takes_colours()) << '\n';
}

std::string counted(double count) { return grouped(count) + (count == 1 ? " message" : " messages"); }

// `release`, `skip` or `hold`: a count first, and with --yes the deed.
int change(std::string_view what, std::string_view done, const arguments& asked)
{
    const auto given = configuration_to_reach(asked.config);
    if (!given)
        return usage;
    const auto came = ask(*given, request_of(what, asked));
    if (!came.runs)
        return complain(failed, came.error + "; start it first, as it is the broker that does this");
    if (!came.error.empty())
        return complain(came.body.IsObject() ? usage : failed, came.error);
    const auto count = number_in(came.body, "count");
    const auto not_done = number_in(came.body, "failed");
    if (asked.json) {
        std::cout << one_line(came.body) << '\n';
    } else {
        print_rows(came.body);
        double later = 0;
        for (const auto& one : list_in(came.body, "rows").GetArray())
            later += number_in(one, "delivered_since");
        std::cout << counted(count) << (asked.yes ? " " : " would be ") << done << '\n';
        if (later > 0 && what == "release")
            std::cout << counted(later) << " of the same patients were delivered there since, and would be before these\n";
        if (!asked.yes && count > 0)
            std::cout << "Nothing is changed yet: add --yes\n";
    }
    return not_done > 0 || count == 0 ? some_refused : all_well;
}

CLI::App* add_one(CLI::App& to, const char* name, const char* description, const std::shared_ptr<arguments>& given)
{
    auto* command = to.add_subcommand(name, description);
    command->add_option("--config", given->config, "The configuration; else tieline.yaml here, else in /etc/tieline");
    command->add_option("--destination", given->destination, "Only what is at this destination");
    command->add_flag("--json", given->json, "JSON instead of text");
    return command;
}

void add_change(CLI::App& to, const char* name, const char* done, const char* description, const char* all, int& exit)
{
    const auto given = std::make_shared<arguments>();
    auto* command = add_one(to, name, description, given);
    command->add_option("id", given->ids, "Tieline ids, as `tieline held list` shows them");
    command->add_flag("--all", given->all, all);
    command->add_option("--reason", given->reason, "Why; it stands in the message's story with your uid")->required();
    command->add_flag("--yes", given->yes, "Do it; without, it only says what would change");
    command->footer(std::string("Exit: 0 done or counted, 1 nothing, or not all, could be done, 2 usage, 3 no broker runs.\nExample: tieline held ") + name +
                    " tie1.1234 --reason \"agreed with the lab\" --yes");
    command->callback([given, name, done, &exit] { exit = change(name, done, *given); });
}

}  // namespace

void add_held(CLI::App& app, int& exit)
{
    auto* held = app.add_subcommand("held", "Lists and shows what is held, releases or skips it, or holds what waits");
    held->require_subcommand(1);
    held->footer("Example: tieline held list --destination lab");
    const auto for_list = std::make_shared<arguments>();
    auto* listing = add_one(*held, "list", "Lists held messages, oldest first", for_list);
    listing->footer("Example: tieline held list --destination lab");
    listing->callback([for_list, &exit] { exit = list(*for_list); });
    const auto for_show = std::make_shared<arguments>();
    auto* showing = add_one(*held, "show", "Shows why a message is held, and its whole way; never its content", for_show);
    showing->add_option("id", for_show->ids, "A Tieline id or a control id")->required()->expected(1);
    showing->footer("Example: tieline held show tie1.1234");
    showing->callback([for_show, &exit] { exit = show(*for_show); });
    add_change(*held, "release", "released", "Lets held messages go to their destination once more", "All that are held at --destination", exit);
    add_change(*held, "skip", "skipped", "Ends messages without a delivery", "All that are held at --destination", exit);
    add_change(*held, "hold", "held", "Takes waiting messages out of the way", "All that wait at --destination", exit);
}

}  // namespace tieline::app
