#include "broker/app/commands.hpp"
#include "broker/app/configuration.hpp"

#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace tieline::app {
namespace {

std::string counted(std::size_t count, std::string_view what)
{
    return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::size_t count(const model::issues& found, bool errors)
{
    return static_cast<std::size_t>(std::count_if(found.begin(), found.end(), [errors](const auto& one) {
        return (one.level <= model::severity::error) == errors;
    }));
}

/// One line an issue, then one that counts.
void print_json(const settings::configuration& given, const std::string& file, const model::issues& found)
{
    rapidjson::OStreamWrapper out(std::cout);
    for (const auto& one : found) {
        rapidjson::Writer<rapidjson::OStreamWrapper> json(out);
        json.StartObject();
        json.Key("level");
        json.String(std::string(model::name(one.level)));
        json.Key("at");
        json.String(one.at);
        json.Key("diagnostics");
        json.String(one.diagnostics);
        json.EndObject();
        std::cout << '\n';
    }
    rapidjson::Writer<rapidjson::OStreamWrapper> json(out);
    json.StartObject();
    json.Key("file");
    json.String(file);
    const std::pair<const char*, std::size_t> counts[] = {{"listeners", given.listeners.size()},
                                                          {"routes", given.routes.size()},
                                                          {"destinations", given.destinations.size()},
                                                          {"faults", count(found, true)},
                                                          {"warnings", count(found, false)}};
    for (const auto& [name, value] : counts) {
        json.Key(name);
        json.Uint64(value);
    }
    json.EndObject();
    std::cout << '\n';
}

void print_text(const settings::configuration& given, const std::string& file, const model::issues& found)
{
    print(found);
    const auto faults = count(found, true), warnings = count(found, false);
    std::string verdict = faults ? counted(faults, "fault") : warnings ? "" : "all well";
    if (warnings)
        verdict += (faults ? ", " : "") + counted(warnings, "warning");
    std::cout << file << ": " << counted(given.listeners.size(), "listener") << ", " << counted(given.routes.size(), "route")
              << ", " << counted(given.destinations.size(), "destination") << ": " << verdict << '\n';
}

}  // namespace

void add_check(CLI::App& app, int& exit)
{
    struct arguments {
        std::string file;
        bool json = false;
    };
    const auto given = std::make_shared<arguments>();
    auto* command = app.add_subcommand("check", "Says everything that is wrong with a configuration, and opens nothing");
    command->add_option("config", given->file, "The configuration; else tieline.yaml here, else in /etc/tieline");
    command->add_flag("--json", given->json, "One JSON object a line: each fault and warning, then the counts");
    command->footer("Exit: 0 fine (warnings allowed), 2 faulty.\nExample: tieline check config/demo.yaml");
    command->callback([given, &exit] {
        const std::string file = configuration_file(given->file);
        model::issues found;
        const auto settings = load_and_check(file, found);
        given->json ? print_json(settings, file, found) : print_text(settings, file, found);
        exit = model::has_error(found) ? usage : all_well;
    });
}

}  // namespace tieline::app
