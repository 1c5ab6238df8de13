#include "broker/transport/mllp/options.hpp"

namespace tieline::transport::mllp {
namespace {

using namespace std::chrono_literals;

boost::asio::ip::tcp::endpoint read_endpoint(settings::section& from)
{
    const auto text = from.text("address", "127.0.0.1");
    const auto port = static_cast<std::uint16_t>(from.integer("port", 2575, 0, 65535));
    error_code failed;
    const auto address = boost::asio::ip::make_address(text, failed);
    if (failed)
        from.fault("address", "is no IP address to bind, expected for instance 127.0.0.1 or ::");
    return {address, port};
}

void read_tls(options& into)
{
    const auto given = tls::read_server(into.from.transport);
    if (!given) {
        if (!into.from.certificate.empty())
            into.from.transport.fault("tls", "missing: `certificate` allows client certificates, which need tls with `clients`");
        return;
    }
    if (given->clients.empty() && !into.from.certificate.empty())
        into.from.transport.fault("tls", "`clients` is missing, expected the PEM file of the clients' authorities, since `certificate` is set");
    into.certificate_file = given->certificate;
    if (const auto made = tls::make_server_context(*given))
        into.tls = *made;
    else if (!given->certificate.empty() && !given->key.empty())
        into.from.transport.fault("tls", "can't be used: " + made.error().message());
}

}  // namespace

std::optional<options> read_options(settings::listener from, model::issues& found)
{
    settings::section keys = from.transport;  // shares its state with the one that the options keep for reloads
    model::issues ranges;
    options read{.addresses = address_filter(from.from, from.at, ranges)};
    read.from = std::move(from);
    read.at = read_endpoint(keys);
    read.max_frame = keys.size("max_frame", 16U << 20, 1U << 10, 64U << 20);
    read.max_connections = static_cast<std::size_t>(keys.integer("max_connections", 4096, 1, 1'000'000));
    read.backlog = static_cast<int>(keys.integer("backlog", 1024, 1, 65535));
    read.frame_time = keys.duration("frame_time", 30s).value_or(30s);
    read.idle_close = keys.duration("idle_close", std::nullopt);
    read_tls(read);
    found.insert(found.end(), ranges.begin(), ranges.end());
    if (!keys.finish(found) || !ranges.empty())
        return std::nullopt;
    return read;
}

}  // namespace tieline::transport::mllp
