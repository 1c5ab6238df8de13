#pragma once

#include <CLI/CLI.hpp>

namespace tieline::app {

/// Exit codes of every command (README, "The command").
enum exit_code { all_well = 0, some_refused = 1, usage = 2, failed = 3 };

/// Each adds one subcommand; when it is the one that was asked for, its callback sets `exit`.
void add_run(CLI::App& app, int& exit);
void add_check(CLI::App& app, int& exit);
void add_convert(CLI::App& app, int& exit);
void add_route(CLI::App& app, int& exit);
void add_send(CLI::App& app, int& exit);
void add_receive(CLI::App& app, int& exit);
void add_status(CLI::App& app, int& exit);
void add_trace(CLI::App& app, int& exit);
void add_held(CLI::App& app, int& exit);
void add_topic(CLI::App& app, int& exit);
void add_pause_and_resume(CLI::App& app, int& exit);
void add_backup(CLI::App& app, int& exit);
void add_restore(CLI::App& app, int& exit);

}  // namespace tieline::app
