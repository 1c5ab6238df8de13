#include "broker/app/commands.hpp"
#include "broker/app/commands/reach.hpp"
#include "broker/app/commands/terminal.hpp"
#include "broker/ops/json.hpp"

#include <iostream>
#include <memory>

namespace tieline::app {
namespace {

struct arguments {
    std::string destination, config, reason;
};

int change(std::string_view what, std::string_view done, const arguments& asked)
{
    const auto given = configuration_to_reach(asked.config);
    if (!given)
        return usage;
    const auto request = ops::json_text()
                             .begin_object()
                             .member("do", what)
                             .member("destination", asked.destination)
                             .member("reason", asked.reason)
                             .end_object()
                             .take();
    const auto came = ask(*given, request);
    if (!came.runs)
        return complain(failed, came.error + "; start it first, as it is the broker that does this");
    if (!came.error.empty())
        return complain(came.body.IsObject() ? usage : failed, came.error);
    std::cout << printable(asked.destination) << done << '\n';
    return all_well;
}

void add(CLI::App& app, const char* what, const char* description, const char* done, const char* example, int& exit)
{
    const auto given = std::make_shared<arguments>();
    auto* command = app.add_subcommand(what, description);
    command->add_option("destination", given->destination, "Its name in the configuration")->required();
    command->add_option("--config", given->config, "The configuration; else tieline.yaml here, else in /etc/tieline");
    command->add_option("--reason", given->reason, "Why; status shows it")->required();
    command->footer(std::string("Exit: 0 done, 2 usage or no such destination, 3 no broker runs.\nExample: ") + example);
    command->callback([given, what, done, &exit] { exit = change(what, done, *given); });
}

}  // namespace

void add_pause_and_resume(CLI::App& app, int& exit)
{
    add(app, "pause", "Stops deliveries to a destination; messages wait. It survives a restart", " is paused; its messages wait",
        "tieline pause lab --reason \"analyser is being moved\"", exit);
    add(app, "resume", "Delivers to a paused destination again, at once", " is resumed",
        "tieline resume lab --reason \"analyser is back\"", exit);
}

}  // namespace tieline::app
