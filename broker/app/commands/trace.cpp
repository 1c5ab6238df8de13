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

struct arguments {
    std::string id, config;
    bool json = false;
};

int trace(const arguments& asked)
{
    const auto given = configuration_to_reach(asked.config);
    if (!given)
        return usage;
    const auto request = ops::json_text().begin_object().member("do", "trace").member("id", asked.id).end_object().take();
    const auto found = look(*given, request, "traces", [&](store::store& from) { return ops::traces(from, given->node, asked.id); });
    if (!found || !found->IsArray())
        return failed;
    if (found->Empty())
        return complain(some_refused, "no message has the control id or Tieline id " + printable(asked.id));
    const bool colours = takes_colours();
    bool first = true;
    for (const auto& way : found->GetArray()) {
        if (asked.json)
            std::cout << one_line(way) << '\n';
        else
            std::cout << (first ? "" : "\n") << trace_text(way, colours);
        first = false;
    }
    return all_well;
}

}  // namespace

void add_trace(CLI::App& app, int& exit)
{
    const auto given = std::make_shared<arguments>();
    auto* command = app.add_subcommand("trace", "Prints a message's whole way: times, decisions, reasons, deliveries");
    command->add_option("id", given->id, "A control id (MSH-10, Bundle.identifier) or a Tieline id; several matches: newest first")->required();
    command->add_option("--config", given->config, "The configuration; else tieline.yaml here, else in /etc/tieline");
    command->add_flag("--json", given->json, "One JSON object a message, a line each");
    command->footer("Times are UTC. When nothing runs, it reads the store in the data folder.\n"
                    "Exit: 0 found, 1 no such message, 2 usage or configuration, 3 no answer and no store.\n"
                    "Example: tieline trace MSG00001 --config config/demo.yaml");
    command->callback([given, &exit] { exit = trace(*given); });
}

}  // namespace tieline::app
