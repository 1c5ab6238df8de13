#include "broker/app/broker.hpp"
#include "broker/app/commands.hpp"
#include "broker/app/configuration.hpp"

namespace tieline::app {

void add_run(CLI::App& app, int& exit)
{
    struct arguments {
        std::string file;
        bool journal_only = false;
    };
    const auto given = std::make_shared<arguments>();
    auto* command = app.add_subcommand("run", "Runs the broker until SIGTERM; SIGHUP reads routes, destinations, certificates and overlays again");
    command->add_option("config", given->file, "The configuration; else tieline.yaml here, else in /etc/tieline");
    command->add_flag("--journal-only", given->journal_only, "Store and answer, nothing after it: the floor of the bench")->group("");
    command->footer("Example: tieline run config/demo.yaml");
    command->callback([given, &exit] {
        model::issues found;
        auto settings = load_and_check(configuration_file(given->file), found);
        print(found);
        exit = model::has_error(found) ? static_cast<int>(usage) : broker(std::move(settings), given->journal_only).run();
    });
}

}  // namespace tieline::app
