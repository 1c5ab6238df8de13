#pragma once

#include "broker/settings/settings.hpp"
#include "broker/transport/access.hpp"
#include "broker/transport/tls/tls.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace tieline::transport::mllp {

/// What an MLLP listener is told, read and checked. `tls` is null without TLS.
struct options {
    settings::listener from{};             ///< as it stands in the configuration
    boost::asio::ip::tcp::endpoint at{};   ///< port 0 picks a free one
    std::size_t max_frame = 16U << 20;     ///< bytes
    std::size_t max_connections = 4096;
    int backlog = 1024;                    ///< connections that may wait to be accepted
    std::chrono::milliseconds frame_time{30'000};            ///< from a frame's first byte to its last
    std::optional<std::chrono::milliseconds> idle_close{};   ///< none: feeds are silent at night
    address_filter addresses;
    std::shared_ptr<boost::asio::ssl::context> tls{};        ///< of new handshakes
    std::string certificate_file{};
};

/// Reads the keys below `mllp:` and finishes the section. None, with issues in `found`, when something is wrong.
std::optional<options> read_options(settings::listener from, model::issues& found);

}  // namespace tieline::transport::mllp
