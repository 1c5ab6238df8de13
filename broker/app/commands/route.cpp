#include "broker/app/commands.hpp"
#include "broker/app/configuration.hpp"
#include "broker/pipeline/acceptance.hpp"
#include "broker/pipeline/processing.hpp"

#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

namespace tieline::app {
namespace {

constexpr std::size_t most_bytes = 64 << 20;  ///< of a message: what the largest listener takes

struct arguments {
    std::string file, config, listener;
    bool json = false;
};

/// The file's bytes, or standard input's for `-`; none when they can't be read or are too many.
std::optional<std::string> read(const std::string& file)
{
    std::ifstream opened;
    if (file != "-")
        opened.open(file, std::ios::binary);
    std::istream& from = file == "-" ? std::cin : opened;
    std::string bytes;
    for (char chunk[65536]; from && bytes.size() <= most_bytes;) {
        from.read(chunk, sizeof chunk);
        bytes.append(chunk, static_cast<std::size_t>(from.gcount()));
    }
    if ((file != "-" && !opened.is_open()) || from.bad() || bytes.size() > most_bytes)
        return std::nullopt;
    return bytes;
}

/// What would become of one message at one listener.
struct forecast {
    std::string listener{};
    pipeline::processed what{};
};

/// As the intake and the pipeline would do it, without a journal.
forecast foresee(const settings::configuration& given, pipeline::way& at, const model::received& message)
{
    forecast made{.listener = at.listener.name};
    model::issues found;
    const auto envelope = at.adapter->open(message, found);
    if (envelope.readable && !pipeline::may_send(at.listener, envelope))
        found.push_back({.code = "forbidden", .diagnostics = "this sending application and facility may not send here"});
    if (envelope.readable)
        pipeline::check_accepted(at.listener, envelope, found);
    if (!model::has_error(found)) {
        model::entry entry{.message = message};
        entry.message.listener = at.listener.name;
        made.what = pipeline::process(entry, at, route::router(given.routes), {given.node, given.site_key, given.bus.prefix});
        return made;
    }
    const auto error = std::find_if(found.begin(), found.end(), [](const auto& one) { return one.level <= model::severity::error; });
    made.what.envelope = envelope;
    made.what.outcome.state = model::message_state::refused;
    made.what.outcome.reason = model::to_text(*error);
    made.what.outcome.found = std::move(found);
    return made;
}

/// The forecasts of the listeners that could be meant: the one that was named, else those that would take the message, else those
/// whose adapter can read it.
std::vector<forecast> foresee_all(const settings::configuration& given, const std::string& listener, const std::string& bytes)
{
    std::vector<forecast> all;
    for (const auto& one : given.listeners) {
        if (!listener.empty() && one.name != listener)
            continue;
        model::issues unused;
        pipeline::way way{one, make_adapter(one, given.node, unused)};
        const model::received message{.bytes = bytes, .listener = one.name, .peer = "file", .sender = one.name, .at = now()};
        auto made = foresee(given, way, message);
        if (!listener.empty() || made.what.envelope.readable)
            all.push_back(std::move(made));
    }
    const auto refused = [](const forecast& one) { return one.what.outcome.state == model::message_state::refused; };
    if (!std::all_of(all.begin(), all.end(), refused))
        std::erase_if(all, refused);
    return all;
}

std::string_view form(model::content of)
{
    switch (of) {
    case model::content::fhir: return "fhir";
    case model::content::original: return "original";
    case model::content::acknowledgment: return "application acknowledgment";
    case model::content::fhir_alone: break;
    }
    return "fhir without the message";
}

void print_text(const settings::configuration& given, const forecast& one)
{
    const auto& envelope = one.what.envelope;
    const auto& outcome = one.what.outcome;
    const auto line = [](std::string_view indent, const std::string& name, std::string_view value) {
        std::cout << indent << std::left << std::setw(26) << name << ' ' << value << '\n';
    };
    line("", "message", (envelope.readable ? envelope.type + " " + envelope.trigger : "not readable"));
    line("", "listener", one.listener);
    line("", "would end as", std::string(model::name(outcome.state)) + (outcome.reason.empty() ? "" : ": " + outcome.reason));
    for (const auto& said : outcome.found)
        if (model::to_text(said) != outcome.reason)
            line("  ", std::string(model::name(said.level)), model::to_text(said));
    if (!outcome.decision.reasons.empty())
        std::cout << "routes\n";
    for (const auto& said : outcome.decision.reasons)
        line("  ", said.route, (said.matched ? "yes: " : "no:  ") + said.why);
    if (!outcome.decision.topics.empty())
        std::cout << "topics\n";
    for (const auto& to : outcome.decision.topics)
        line("  ", given.bus.prefix + to.topic, std::string(form(to.form)) + ", " + to.purpose + ", by " + to.route);
    if (!outcome.decision.destinations.empty())
        std::cout << "destinations\n";
    for (const auto& to : outcome.decision.destinations)
        line("  ", to.destination, std::string(form(to.form)) + ", " + to.purpose + ", by " + to.route);
}

/// One object a line, for programs.
void print_json(const settings::configuration& given, const forecast& one)
{
    rapidjson::OStreamWrapper out(std::cout);
    rapidjson::Writer<rapidjson::OStreamWrapper> json(out);
    const auto text = [&json](const char* key, std::string_view value) {
        json.Key(key);
        json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    };
    const auto list = [&json](const char* key, const auto& of, auto&& write) {
        json.Key(key);
        json.StartArray();
        for (const auto& each : of) {
            json.StartObject();
            write(each);
            json.EndObject();
        }
        json.EndArray();
    };
    const auto choice = [&text](const auto& to) {
        text("form", form(to.form));
        text("purpose", to.purpose);
        text("route", to.route);
    };
    const auto& envelope = one.what.envelope;
    const auto& outcome = one.what.outcome;
    json.StartObject();
    text("listener", one.listener);
    text("type", envelope.type);
    text("trigger", envelope.trigger);
    text("control_id", envelope.control_id);
    text("state", model::name(outcome.state));
    text("reason", outcome.reason);
    list("routes", outcome.decision.reasons, [&](const auto& said) {
        text("route", said.route);
        json.Key("matched");
        json.Bool(said.matched);
        text("why", said.why);
    });
    list("topics", outcome.decision.topics, [&](const auto& to) {
        text("topic", given.bus.prefix + to.topic);
        choice(to);
    });
    list("destinations", outcome.decision.destinations, [&](const auto& to) {
        text("destination", to.destination);
        choice(to);
    });
    list("issues", outcome.found, [&](const auto& said) {
        text("level", model::name(said.level));
        text("at", said.at);
        text("diagnostics", said.diagnostics);
    });
    json.EndObject();
    std::cout << '\n';
}

std::string names(const std::vector<forecast>& of)
{
    std::string all;
    for (const auto& one : of)
        all += (all.empty() ? "" : ", ") + one.listener;
    return all;
}

int complain(int exit, std::string_view words)
{
    std::cerr << "tieline: " << words << '\n';
    return exit;
}

int foretell(const arguments& asked)
{
    model::issues found;
    const auto given = load_and_check(configuration_file(asked.config), found);
    if (model::has_error(found)) {
        print(found);
        return usage;
    }
    const auto bytes = read(asked.file);
    if (!bytes)
        return complain(failed, asked.file + ": can't be read, or is larger than 64 MiB");
    const auto all = foresee_all(given, asked.listener, *bytes);
    if (all.empty())
        return asked.listener.empty() ? complain(some_refused, "no listener's adapter can read this message")
                                      : complain(usage, "there is no listener " + asked.listener);
    if (all.size() > 1)
        return complain(usage, "several listeners could take it, name one with --listener: " + names(all));
    asked.json ? print_json(given, all.front()) : print_text(given, all.front());
    return all.front().what.outcome.state == model::message_state::published ? all_well : some_refused;
}

}  // namespace

void add_route(CLI::App& app, int& exit)
{
    const auto given = std::make_shared<arguments>();
    auto* command = app.add_subcommand("route", "Says where a message would go and why, without sending it");
    command->add_option("file", given->file, "One message, as a listener would receive it; - reads standard input")->required();
    command->add_option("--config", given->config, "The configuration; else tieline.yaml here, else in /etc/tieline");
    command->add_option("--listener", given->listener, "The listener that it would come through, where several could");
    command->add_flag("--json", given->json, "One JSON object instead of text");
    command->footer("Exit: 0 it would be published, 1 filtered, held or refused, 2 usage or configuration, 3 not readable.\n"
                    "Example: tieline route admission.hl7 --config config/demo.yaml --listener pas");
    command->callback([given, &exit] { exit = foretell(*given); });
}

}  // namespace tieline::app
