#include "broker/app/commands.hpp"
#include "broker/app/commands/reach.hpp"
#include "broker/app/commands/terminal.hpp"
#include "broker/ops/queries.hpp"

#include <chrono>
#include <iostream>
#include <memory>
#include <thread>

namespace tieline::app {
namespace {

using namespace std::chrono_literals;
using rapidjson::Value;

constexpr auto look_every = 2s;
constexpr double days_worth_telling = 30;  // of a certificate

struct arguments {
    std::string config;
    bool json = false, watch = false;
};

std::string ago(const Value& row, const char* seconds, std::string_view never)
{
    return is_null_in(row, seconds) ? std::string(never) : span_text(number_in(row, seconds)) + " ago";
}

// Errors begin with the time when they came: `2026-11-24T10:15:30.123Z connection refused`.
std::string last_error(const Value& row)
{
    const auto error = text_in(row, "last_error");
    const bool timed = error.size() > 25 && error[10] == 'T' && error[23] == 'Z';
    if (error.empty())
        return {};
    return timed ? "last error at " + error.substr(11, 8) + " UTC: " + error.substr(25) : "last error: " + error;
}

table::cell count(const Value& row, const char* name, style when_some = style::plain)
{
    const auto number = number_in(row, name);
    return {grouped(number), number > 0 ? when_some : style::plain};
}

// What only a running broker counts.
table::cell count_while(bool running, const Value& row, const char* name, style when_some = style::plain)
{
    return running ? count(row, name, when_some) : table::cell("-", style::quiet);
}

std::string head(const Value& status, bool colours)
{
    const bool running = flag_in(status, "running");
    const bool ready = flag_in(status, "ready");
    const auto state = ready ? styled("ready", style::good, colours)
                             : styled(running ? "NOT READY: " + text_in(status, "not_ready") : "NOT RUNNING", style::bad, colours);
    auto line = styled(printable(text_in(status, "node")), style::title, colours) + "  " + state;
    if (running)
        line += "  up " + span_text(number_in(status, "uptime_seconds")) + "  Tieline " + text_in(status, "version");
    return line + '\n';
}

std::string bus_line(const Value& status, bool colours)
{
    const auto& bus = status["bus"];
    const auto behind = number_in(bus, "behind");
    const bool up = flag_in(bus, "up") || !flag_in(status, "running");
    auto line = "bus  " + text_in(bus, "kind") + "  " + styled(text_in(bus, "state"), up ? style::good : style::bad, colours) + "  published " +
                grouped(number_in(bus, "published")) + " of " + grouped(number_in(bus, "appended"));
    if (behind > 0)
        line += styled(", " + grouped(behind) + " behind for " + span_text(number_in(bus, "lag_seconds")), up ? style::warning : style::bad, colours);
    line += '\n';
    if (const auto error = last_error(bus); !error.empty() && !up)
        line += "    " + printable(error) + '\n';
    return line;
}

std::string listeners(const Value& status, bool colours)
{
    table rows({{"LISTENER"}, {"KIND"}, {"ADDRESS"}, {"STATE"}, {"CONN", true}, {"RECEIVED", true}, {"REFUSED", true}, {"FILTERED", true},
                {"HELD", true}, {"LAST MESSAGE", true}});
    const bool running = flag_in(status, "running");
    for (const auto& one : list_in(status, "listeners").GetArray()) {
        const bool listens = text_in(one, "condition") == "ok";
        rows.add({text_in(one, "name"), text_in(one, "kind"), text_in(one, "address"),
                  {text_in(one, "state"), listens ? style::good : running ? style::bad : style::quiet}, count_while(running, one, "connections"),
                  count_while(running, one, "received"), count_while(running, one, "refused", style::warning), count_while(running, one, "filtered"),
                  count_while(running, one, "held", style::warning), ago(one, "silent_seconds", running ? "none yet" : "-")});
        if (const auto error = last_error(one); !error.empty())
            rows.note(error, style::quiet);
    }
    return rows.empty() ? "" : '\n' + rows.text(colours);
}

style style_of(std::string_view condition)
{
    if (condition == "ok")
        return style::good;
    if (condition == "idle")
        return style::quiet;
    return condition == "broken" ? style::bad : style::warning;
}

std::string short_state(const Value& row, std::string_view condition)
{
    return condition == "paused" ? "paused" : condition == "broken" ? "broken" : text_in(row, "state");
}

std::string destinations(const Value& status, bool colours)
{
    table rows({{"DESTINATION"}, {"KIND"}, {"ADDRESS"}, {"STATE"}, {"WAITING", true}, {"OLDEST", true}, {"HELD", true}, {"DELIVERED", true},
                {"NEXT TRY", true}});
    const bool running = flag_in(status, "running");
    for (const auto& one : list_in(status, "destinations").GetArray()) {
        const auto condition = text_in(one, "condition");
        rows.add({text_in(one, "name"), text_in(one, "kind"), text_in(one, "address"), {short_state(one, condition), style_of(condition)},
                  count(one, "backlog", style::warning), is_null_in(one, "oldest_waiting_seconds") ? "-" : span_text(number_in(one, "oldest_waiting_seconds")),
                  count(one, "held", style::bad), count_while(running, one, "delivered"),
                  is_null_in(one, "next_try_seconds") ? "-" : "in " + span_text(number_in(one, "next_try_seconds"))});
        const bool long_state = condition == "paused" || condition == "broken";
        if (long_state)
            rows.note(text_in(one, "state"), style_of(condition));
        const bool troubled = (condition != "ok" && condition != "idle") || number_in(one, "backlog") > 0 || number_in(one, "held") > 0;
        if (const auto error = last_error(one); troubled && !error.empty())
            rows.note(error);
    }
    return rows.empty() ? "" : '\n' + rows.text(colours);
}

// What needs a person and stands in no row.
std::string warnings(const Value& status, bool colours)
{
    std::string all;
    if (const auto fault = text_in(status["reloads"], "fault"); !fault.empty())
        all += styled("the last reload was refused and changed nothing: " + printable(fault), style::bad, colours) + '\n';
    if (const auto held = number_in(status, "held_before_bus"); held > 0)
        all += styled(grouped(held) + " held before the bus, as they could not be normalised: tieline held list", style::bad, colours) + '\n';
    if (const auto damaged = number_in(status, "damaged"); damaged > 0)
        all += styled(grouped(damaged) + " stored values do not match their checksums: the log names each (store.damaged)", style::bad, colours) + '\n';
    for (const auto& one : list_in(status, "certificates").GetArray()) {
        const auto days = number_in(one, "days_left");
        if (days < days_worth_telling)
            all += styled("certificate " + printable(text_in(one, "path")) + (days < 0 ? " has ended" : " ends in " + span_text(days * 86'400)),
                          days < 7 ? style::bad : style::warning, colours) + '\n';
    }
    return all.empty() ? "" : '\n' + all;
}

int show_once(const arguments& asked, const settings::configuration& given)
{
    const auto status = look(given, R"({"do":"status"})", "status",
                             [&given](store::store& from) -> result<std::string> { return ops::status_at_rest(from, given); });
    if (!status || !status->IsObject())
        return failed;
    if (asked.json) {
        std::cout << one_line(*status) << std::endl;
        return all_well;
    }
    const bool colours = takes_colours();
    if (asked.watch && colours)
        std::cout << "\033[H\033[2J";
    std::cout << head(*status, colours) << bus_line(*status, colours) << listeners(*status, colours) << destinations(*status, colours)
              << warnings(*status, colours) << std::flush;
    return all_well;
}

int show(const arguments& asked)
{
    const auto given = configuration_to_reach(asked.config);
    if (!given)
        return usage;
    int exit = show_once(asked, *given);
    while (asked.watch && std::cout) {
        std::this_thread::sleep_for(look_every);
        exit = show_once(asked, *given);
    }
    return exit;
}

}  // namespace

void add_status(CLI::App& app, int& exit)
{
    const auto given = std::make_shared<arguments>();
    auto* command = app.add_subcommand("status", "Shows each listener, the bus and each destination: state, backlog, last error, next try");
    command->add_option("--config", given->config, "The configuration; else tieline.yaml here, else in /etc/tieline");
    command->add_flag("--json", given->json, "One JSON object instead of tables");
    command->add_flag("--watch", given->watch, "Again every two seconds, until Ctrl-C");
    command->footer("When nothing runs, it shows what the store in the data folder says.\n"
                    "Exit: 0 shown, 2 usage or configuration, 3 no answer and no store.\n"
                    "Example: tieline status --config config/demo.yaml --watch");
    command->callback([given, &exit] { exit = show(*given); });
}

}  // namespace tieline::app
