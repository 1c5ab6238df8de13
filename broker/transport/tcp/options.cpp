#include "broker/transport/tcp/server.hpp"

namespace tieline::transport::tcp {
namespace {

boost::asio::ip::tcp::endpoint read_endpoint(settings::section& from, std::uint16_t otherwise)
{
    const auto text = from.text("address", "127.0.0.1");
    const auto port = static_cast<std::uint16_t>(from.integer("port", otherwise, 0, 65535));
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

options read_options(settings::listener from, std::uint16_t port, std::size_t max_connections, model::issues& found)
{
    settings::section keys = from.transport;  // shares its state with the one that the options keep for reloads
    options read{.addresses = address_filter(from.from, from.at, found)};
    read.from = std::move(from);
    read.at = read_endpoint(keys, port);
    read.max_connections = static_cast<std::size_t>(keys.integer("max_connections", static_cast<std::int64_t>(max_connections), 1, 1'000'000));
    read.backlog = static_cast<int>(keys.integer("backlog", 1024, 1, 65535));
    read_tls(read);
    return read;
}

}  // namespace tieline::transport::tcp
