#include "broker/settings/settings.hpp"

#include "broker/settings/node.hpp"
#include "broker/settings/parts.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

namespace tieline::settings {
namespace {

configuration read(section root)
{
    configuration made;
    made.node = root.text("node", made.node);
    check_name(root, "node", made.node, "_-");
    made.data = root.path("data", "/var/lib/tieline");
    made.bus = read_bus(root.child("bus"));
    read_site_key(root, made);
    for (auto& [name, from] : root.children("listeners"))
        made.listeners.push_back(read_listener(name, from));
    for (auto& from : root.items("routes"))
        made.routes.push_back(read_route(from));
    for (auto& [name, from] : root.children("destinations"))
        made.destinations.push_back(read_destination(name, from));
    made.ops = read_ops(root.child("ops"));
    made.retention = read_retention(root.child("retention"));
    return made;
}

}  // namespace

configuration parse(std::string_view yaml, const std::string& file, model::issues& found)
{
    auto value = read_yaml(yaml, file, found);
    if (value && value->what != tree::kind::mapping)
        found.push_back({.code = "structure",
                         .at = file + ":" + std::to_string(value->line),
                         .diagnostics = "expected a mapping with node, data, listeners, routes, destinations …"});
    if (!value || value->what != tree::kind::mapping)
        return {};
    auto top = std::make_shared<section::node>();
    top->file = file;
    top->line = 1;
    top->value = std::make_shared<const tree>(std::move(*value));
    section root(std::move(top));
    configuration made = read(root);
    made.file = file;
    made.top = root;
    root.finish(found);
    return made;
}

configuration load(const std::string& file, model::issues& found)
{
    std::error_code error;
    std::ifstream stream;
    if (std::filesystem::is_regular_file(file, error))
        stream.open(file, std::ios::binary);
    std::string text(most_bytes + 1, '\0');  // one more than allowed, to be refused by the reader
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream.is_open() || stream.bad()) {
        found.push_back({.code = "not-found", .at = file, .diagnostics = "missing or can't be read, expected a configuration file"});
        return {};
    }
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return parse(text, file, found);
}

}  // namespace tieline::settings
