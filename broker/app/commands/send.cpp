#include "broker/app/commands.hpp"
#include "broker/app/send/run.hpp"
#include "broker/settings/words.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

namespace tieline::app {
namespace {

struct arguments {
    std::string url{};
    std::vector<std::string> files{};
    unsigned connections = 1;
    double rate = 0;
    std::uint64_t repeat = 1;
    bool new_ids = false;
    bool as_is = false;
    bool json = false;
    std::string timeout = "30s";
    std::string token_env{};
    std::string trust{}, certificate{}, key{}, name{};
};

constexpr char example[] = R"(Example:
  tieline send mllp://127.0.0.1:2575 admit.hl7 results.hl7
  tieline send --connections 16 --repeat 1000 --new-ids mllp://127.0.0.1:2575 admit.hl7
  tieline convert admit.hl7 | tieline send http://127.0.0.1:8080/fhir -)";

/// None when it can't be read.
std::optional<std::string> content_of(const std::string& file)
{
    if (file == "-")
        return std::string(std::istreambuf_iterator<char>(std::cin), {});
    std::ifstream from(file, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(from)), {});
    return from.is_open() && !from.bad() ? std::optional(std::move(bytes)) : std::nullopt;
}

int wrong(const std::string& what)
{
    std::cerr << "tieline send: " << what << '\n';
    return usage;
}

/// The plan of the arguments but for the messages; what is wrong with them goes into `fault`.
send::plan make_plan(const arguments& given, std::string& fault)
{
    send::plan made{.connections = given.connections, .rate = given.rate, .repeat = given.repeat, .new_ids = given.new_ids};
    const auto to = send::parse_target(given.url);
    const auto timeout = settings::to_duration(given.timeout);
    if (!to)
        fault = given.url + " is no address, expected mllp://HOST:PORT, mllps://HOST:PORT, http://HOST:PORT/fhir or https://…";
    else if (!timeout || timeout->count() == 0)
        fault = "--timeout: expected a time such as 500ms, 30s or 2m";
    else if (given.certificate.empty() != given.key.empty())
        fault = "--certificate and --key belong together";
    if (!fault.empty())
        return made;
    made.where.to = *to;
    made.timeout = *timeout;
    made.where.tls = {.trust = given.trust, .certificate = given.certificate, .name = given.name};
    if (!given.key.empty()) {
        const auto key = content_of(given.key);
        if (!key)
            fault = given.key + " can't be read";
        made.where.tls.key = key.value_or("");
    }
    if (!given.token_env.empty()) {
        const char* token = std::getenv(given.token_env.c_str());
        if (!token)
            fault = "the environment variable " + given.token_env + " is not set";
        made.where.token = token ? token : "";
    }
    return made;
}

int run_send(const arguments& given)
{
    std::string fault;
    auto plan = make_plan(given, fault);
    if (!fault.empty())
        return wrong(fault);
    for (const auto& file : given.files) {
        const auto content = content_of(file);
        if (!content) {
            std::cerr << "tieline send: " << file << " can't be read\n";
            return failed;
        }
        for (auto& one : send::split(file, *content, given.as_is))
            plan.messages.push_back(std::move(one));
    }
    if (plan.messages.empty())
        return wrong("the files hold no message");
    plan.json = given.json || !::isatty(STDOUT_FILENO);
    plan.progress = ::isatty(STDERR_FILENO) && plan.messages.size() * plan.repeat > 1;
    const auto done = send::run(plan, std::cout);
    if (!done) {
        std::cerr << "tieline send: " << done.error().message() << '\n';
        return failed;
    }
    std::cerr << send::summary(*done) << '\n';
    if (done->failed || done->positive + done->refused < plan.messages.size() * plan.repeat)
        return failed;
    return done->refused ? some_refused : all_well;
}

}  // namespace

void add_send(CLI::App& app, int& exit)
{
    auto given = std::make_shared<arguments>();
    auto* command = app.add_subcommand("send", "Send messages over MLLP or FHIR and show the answers");
    command->footer(example);
    command->add_option("URL", given->url, "mllp://HOST:PORT, mllps://HOST:PORT, http://HOST:PORT/fhir, https://HOST:PORT/fhir")->required();
    command->add_option("FILE", given->files, "HL7 v2 (one or several), FHIR JSON, NDJSON; - for standard input")->required();
    command->add_option("--connections", given->connections, "connections side by side")->check(CLI::Range(1U, 10'000U));
    command->add_option("--rate", given->rate, "messages a second at most, all connections together")->check(CLI::PositiveNumber);
    command->add_option("--repeat", given->repeat, "send all of it so often")->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
    command->add_flag("--new-ids", given->new_ids, "give each message a control id of its own");
    command->add_flag("--as-is", given->as_is, "send each file as one message, bytes unchanged");
    command->add_option("--timeout", given->timeout, "for an answer: 500ms, 30s, 2m");
    command->add_option("--token-env", given->token_env, "environment variable that holds the bearer token");
    command->add_option("--trust", given->trust, "PEM file of the authorities to trust, instead of the system's")->check(CLI::ExistingFile);
    command->add_option("--certificate", given->certificate, "PEM file of the client certificate")->check(CLI::ExistingFile);
    command->add_option("--key", given->key, "PEM file of its private key")->check(CLI::ExistingFile);
    command->add_option("--name", given->name, "name that the receiver's certificate must have, instead of the host");
    command->add_flag("--json", given->json, "a line of JSON for each answer; the default when not a terminal");
    command->callback([given, &exit] { exit = run_send(*given); });
}

}  // namespace tieline::app
