#pragma once

#include "broker/settings/settings.hpp"
#include "broker/transport/access.hpp"
#include "broker/transport/listener.hpp"
#include "broker/transport/tcp/connections.hpp"
#include "broker/transport/tls/tls.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>

namespace tieline::transport::tcp {

/// What a listener on TCP is told, whatever it speaks.
struct options {
    settings::listener from{};            ///< as it stands in the configuration
    boost::asio::ip::tcp::endpoint at{};  ///< port 0 picks a free one
    std::size_t max_connections = 4096;
    int backlog = 1024;                   ///< connections that may wait to be accepted
    address_filter addresses;
    std::shared_ptr<boost::asio::ssl::context> tls{};  ///< null without TLS
    std::string certificate_file{};
};

/// Reads the keys that every kind on TCP has: `address`, `port`, `max_connections`, `backlog`, `tls`, and the ranges of `from:`.
/// Faults go into the section, those of the ranges into `found`.
options read_options(settings::listener from, std::uint16_t port, std::size_t max_connections, model::issues& found);

/// What the sessions of a listener share with its server. They hold it together, so that a session can outlast its listener.
struct common {
    transport::intake& intake;
    observe::listener_row& row;
    std::shared_ptr<boost::asio::ssl::context> tls{};  ///< of new handshakes
    tcp::connections connections{};
    bool stopping = false;
};

/// Serves one connection to its end; `peer` is its address for the log.
using session = std::function<boost::asio::awaitable<void>(std::shared_ptr<connection> on, std::string peer)>;

/// A listener that accepts connections of allowed peers within its limits and runs a session on each. While the intake is not
/// ready its port is closed: a sender sees at once that it must wait. `kind` begins the names of its log events.
std::unique_ptr<listener> make_server(std::string kind, options given, listener_parts parts, std::shared_ptr<common> with, session run);

/// The name of the peer's client certificate; none when the listener does not allow it, which is then told in the log and on
/// the board. Empty where no certificate is asked for.
std::optional<std::string> allowed_name(SSL* stream, const settings::listener& from, common& with, std::string_view peer);

}  // namespace tieline::transport::tcp
