#include "broker/app/commands.hpp"

#include <csignal>
#include <cstdio>
#include <exception>

namespace tieline::app {
namespace {

int run(int argc, char** argv)
{
    CLI::App app{"Tieline: an integration engine and message broker for HL7 v2 and FHIR.", "tieline"};
    app.set_version_flag("--version", TIELINE_VERSION);
    app.require_subcommand(1);
    int exit = all_well;
    add_run(app, exit);
    add_check(app, exit);
    add_convert(app, exit);
    add_route(app, exit);
    add_send(app, exit);
    add_receive(app, exit);
    add_status(app, exit);
    add_trace(app, exit);
    add_held(app, exit);
    add_topic(app, exit);
    add_pause_and_resume(app, exit);
    add_backup(app, exit);
    add_restore(app, exit);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? all_well : usage;
    }
    return exit;
}

}  // namespace
}  // namespace tieline::app

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return tieline::app::run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tieline: %s\n", error.what());
        return tieline::app::failed;
    }
}
