#include "broker/app/configuration.hpp"

#include "broker/bus/bus.hpp"
#include "broker/deliver/destination.hpp"
#include "broker/observe/board.hpp"
#include "broker/transport/listener.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <limits>

namespace tieline::app {
namespace {

/// Listeners are made here to be checked, not opened: nothing ever comes in.
class closed_intake final : public transport::intake {
public:
    boost::asio::awaitable<transport::reply> accept(model::received) override
    {
        transport::reply none{};
        co_return none;
    }
    transport::reply refuse(std::string_view, std::string_view, model::issue) override { return {}; }
    bool ready() const override { return false; }
    std::optional<std::string> status(std::string_view, std::string_view, std::string_view) override { return {}; }
};

void check_listeners(const settings::configuration& given, model::issues& found)
{
    boost::asio::io_context context;
    closed_intake intake;
    observe::board board;
    transport::registry kinds;
    transport::add_builtin(kinds);
    for (const auto& one : given.listeners) {
        if (!one.kind.empty())
            kinds.make(one, {context, intake, board}, found);
        if (!one.adapter.name.empty())
            make_adapter(one, given.node, found);
    }
}

void check_destinations(const settings::configuration& given, model::issues& found)
{
    boost::asio::io_context context;
    deliver::registry kinds;
    deliver::add_builtin(kinds);
    for (const auto& one : given.destinations)
        if (!one.kind.empty())
            kinds.make(one, context, found);
}

void check_bus(const settings::configuration& given, model::issues& found)
{
    bus::registry kinds;
    bus::add_builtin(kinds);
    model::issues said;
    kinds.check(given.bus, said);
    for (auto& one : said)  // their `at` is a key: `bus.properties.acks`
        found.push_back({.level = one.level, .code = one.code, .at = given.bus.at.empty() ? given.file : given.bus.at,
                         .diagnostics = (one.at.empty() ? "bus" : one.at) + ": " + one.diagnostics});
}

/// Whether it names a line of a file, as `maps/pas/PID.map:7`; else it is a key of the options, or a folder.
bool names_line(const std::string& at)
{
    const auto colon = at.rfind(':');
    return colon != at.npos && colon + 1 < at.size()
        && std::all_of(at.begin() + static_cast<std::ptrdiff_t>(colon) + 1, at.end(), [](unsigned char c) { return std::isdigit(c); });
}

/// The line of an issue in the configuration file; those of other files, and of none, come last.
std::size_t line_of(const model::issue& one, const std::string& file)
{
    std::size_t line = std::numeric_limits<std::size_t>::max();
    if (one.at.size() > file.size() && one.at.starts_with(file) && one.at[file.size()] == ':')
        std::from_chars(one.at.data() + file.size() + 1, one.at.data() + one.at.size(), line);
    return line;
}

/// In the order of the file, each said once: rooms may read the same key twice.
void arrange(model::issues& found, const std::string& file)
{
    std::stable_sort(found.begin(), found.end(),
                     [&file](const auto& a, const auto& b) { return line_of(a, file) < line_of(b, file); });
    model::issues once;
    for (auto& one : found)
        if (std::none_of(once.begin(), once.end(), [&one](const auto& said) {
                return said.level == one.level && said.at == one.at && said.diagnostics == one.diagnostics;
            }))
            once.push_back(std::move(one));
    found = std::move(once);
}

}  // namespace

std::string configuration_file(const std::string& given)
{
    std::error_code error;
    if (!given.empty())
        return given;
    return std::filesystem::exists("tieline.yaml", error) ? "tieline.yaml" : "/etc/tieline/tieline.yaml";
}

settings::configuration load_and_check(const std::string& file, model::issues& found)
{
    auto given = settings::load(file, found);
    if (!given.file.empty()) {  // else it is no YAML, and there is nothing to check
        settings::check(given, found);
        check_bus(given, found);
        check_listeners(given, found);
        check_destinations(given, found);
    }
    arrange(found, file);
    return given;
}

void print(const model::issues& found)
{
    for (const auto& one : found)
        std::fprintf(stderr, "%s%s%s: %s\n", one.at.c_str(), one.at.empty() ? "" : ": ", std::string(model::name(one.level)).c_str(),
                     one.diagnostics.c_str());
}

std::unique_ptr<adapters::adapter> make_adapter(const settings::listener& from, const std::string& node, model::issues& found, bool explain)
{
    adapters::registry known;
    adapters::add_builtin(known);
    adapters::options options{.time_zone = from.adapter.time_zone, .uk = from.adapter.uk, .charset = from.adapter.charset,
                              .overlay = from.adapter.overlay, .explain = explain};
    if (from.mode != "auto")
        options.acknowledgment = from.mode == "original" ? adapters::mode::original : adapters::mode::enhanced;
    options.always_reply = from.always_reply;
    options.node = node;
    model::issues said;
    auto made = known.make(from.adapter.name, options, said);
    for (auto& one : said) {
        if (!names_line(one.at)) {
            one.diagnostics = "adapter: " + (one.at.empty() ? "" : one.at + ": ") + one.diagnostics;
            one.at = from.at;
        }
        found.push_back(std::move(one));
    }
    return made;
}

std::shared_ptr<pipeline::ways> make_ways(const settings::configuration& given, const std::vector<settings::listener>& leaving,
                                          model::issues& found)
{
    auto made = std::make_shared<pipeline::ways>();
    bool well = true;
    const auto add = [&](const settings::listener& one) {
        if (made->contains(one.name))
            return;
        auto adapter = make_adapter(one, given.node, found);
        well = well && adapter;
        made->emplace(one.name, pipeline::way{one, std::move(adapter)});
    };
    std::for_each(given.listeners.begin(), given.listeners.end(), add);
    std::for_each(leaving.begin(), leaving.end(), add);
    return well ? made : nullptr;
}

}  // namespace tieline::app
