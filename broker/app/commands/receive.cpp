#include "broker/app/commands.hpp"
#include "broker/app/receive/http_server.hpp"
#include "broker/app/receive/system.hpp"
#include "broker/app/send/target.hpp"
#include "broker/observe/log.hpp"
#include "broker/settings/words.hpp"
#include "broker/transport/mllp/mllp.hpp"
#include "broker/transport/mllp/options.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

namespace tieline::app {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct arguments {
    std::string url{};
    std::string refuse{};
    std::string delay{};
    std::string port_file{};
    std::string certificate{}, key{}, clients{};
    receive::behaviour how{};
};

constexpr char example[] = R"(Example:
  tieline receive mllp://127.0.0.1:2600
  tieline receive --refuse AE:204 --every 10 --delay 2s mllp://127.0.0.1:2600
  tieline receive --refuse 503 --store bodies http://127.0.0.1:9000/fhir)";

int wrong(const std::string& what, int exit = usage)
{
    std::cerr << "tieline receive: " << what << '\n';
    return exit;
}

std::string content_of(const std::string& file)
{
    std::ifstream from(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(from), {}};
}

/// What is wrong with the arguments; empty when nothing is. Completes the behaviour.
std::string check(arguments& given, const std::optional<send::target>& at)
{
    if (!at || (at->secure && at->what == send::target::protocol::fhir))
        return given.url + " is no address, expected mllp://ADDRESS:PORT, mllps://ADDRESS:PORT or http://ADDRESS:PORT/fhir";
    if (at->secure && (given.certificate.empty() || given.key.empty()))
        return "mllps needs --certificate and --key";
    given.how.fhir = at->what == send::target::protocol::fhir;
    if (!given.refuse.empty() && !receive::read_refusal(given.refuse, given.how))
        return given.how.fhir ? "--refuse: expected an HTTP status from 400 to 599" : "--refuse: expected AE, AR, CE or CR, with an ERR-3 code as AE:204 or without";
    if (given.how.foreign && given.how.fhir)
        return "--foreign is for MLLP: HTTP knows no answer for another request";
    if (!given.delay.empty()) {
        const auto delay = settings::to_duration(given.delay);
        if (!delay)
            return "--delay: expected a time such as 500ms, 2s or 1m";
        given.how.delay = *delay;
    }
    return {};
}

/// The listener of the address. Errors: of the TLS files.
result<std::unique_ptr<transport::listener>> make_listener(const arguments& given, const send::target& at, asio::ip::address address,
                                                           transport::listener_parts parts)
{
    if (given.how.fhir)
        return receive::make_http_server(parts.context, parts.intake, {address, at.port}, at.path);
    model::issues none;
    transport::mllp::options options{{.at = {address, at.port}, .addresses = {{}, {}, none}}};
    options.max_frame = 64U << 20;
    options.from.name = "receive";
    if (at.secure) {
        auto tls = transport::tls::make_server_context({.certificate = given.certificate, .key = content_of(given.key), .clients = given.clients});
        if (!tls)
            return tls.error();
        options.tls = std::move(*tls);
    }
    return transport::mllp::make_bare_listener(std::move(options), parts);
}

// Whole or not at all, for a script that waits for it.
bool write_port(const std::string& file, std::uint16_t port)
{
    const auto unfinished = file + ".tmp";
    std::ofstream to(unfinished);
    to << port << '\n' << std::flush;
    return to && std::rename(unfinished.c_str(), file.c_str()) == 0;
}

int run_receive(arguments given)
{
    const auto at = send::parse_target(given.url);
    if (const auto fault = check(given, at); !fault.empty())
        return wrong(fault);
    error_code no_address;
    const auto address = asio::ip::make_address(at->host == "localhost" ? "127.0.0.1" : at->host, no_address);
    if (no_address)
        return wrong(at->host + " is no IP address to listen on");
    std::error_code no_folder;
    if (!given.how.store.empty())
        std::filesystem::create_directories(given.how.store, no_folder);
    if (no_folder)
        return wrong(given.how.store + ": " + no_folder.message(), failed);

    observe::set_level(observe::level::warn);
    asio::io_context context(1);
    observe::board board;
    std::unique_ptr<transport::listener> listener;
    const auto end = [&context, &listener] { listener->stop(2s, [&context] { context.stop(); }); };
    receive::system system(given.how, std::cout, [&context, end] { asio::post(context, end); });
    auto made = make_listener(given, *at, address, {context, system, board});
    if (!made)
        return wrong("TLS: " + made.error().message(), failed);
    listener = std::move(*made);
    if (const auto not_started = listener->start())
        return wrong(given.url + ": " + not_started.message(), failed);
    if (!given.port_file.empty() && !write_port(given.port_file, listener->port()))
        return wrong(given.port_file + " can't be written", failed);
    std::cerr << "listening on port " << listener->port() << '\n';
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([end](error_code cancelled, int) {
        if (!cancelled)
            end();
    });
    context.run();
    return system.store_failed() ? wrong("a body could not be written to " + given.how.store, failed) : static_cast<int>(all_well);
}

}  // namespace

void add_receive(CLI::App& app, int& exit)
{
    auto given = std::make_shared<arguments>();
    auto* command = app.add_subcommand("receive", "Be a receiving system: take messages over MLLP or FHIR, show them, answer as told");
    command->footer(example);
    command->add_option("URL", given->url, "mllp://ADDRESS:PORT, mllps://ADDRESS:PORT, http://ADDRESS:PORT/fhir; port 0 picks a free one")->required();
    command->add_option("--refuse", given->refuse, "answer negatively: AE, AR, CE or CR, with an ERR-3 code as AE:204; or an HTTP status");
    command->add_flag("--drop", given->how.drop, "close the line instead of an answer");
    command->add_flag("--silent", given->how.silent, "say nothing");
    command->add_flag("--foreign", given->how.foreign, "answer for another message");
    command->add_option("--delay", given->delay, "wait before the answer: 500ms, 2s, 1m");
    command->add_option("--every", given->how.every, "do so to each Nth message only")->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
    command->add_option("--count", given->how.count, "end after so many messages");
    command->add_option("--store", given->how.store, "folder that keeps the bodies as they came");
    command->add_option("--port-file", given->port_file, "file to write the port into, once it listens");
    command->add_option("--certificate", given->certificate, "PEM file of the server's certificate, for mllps")->check(CLI::ExistingFile);
    command->add_option("--key", given->key, "PEM file of its private key")->check(CLI::ExistingFile);
    command->add_option("--clients", given->clients, "PEM file of the authorities whose clients may come")->check(CLI::ExistingFile);
    command->callback([given, &exit] { exit = run_receive(*given); });
}

}  // namespace tieline::app
