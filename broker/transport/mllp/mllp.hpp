#pragma once

#include "broker/transport/listener.hpp"

namespace tieline::transport::mllp {

/// A listener of MLLP release 1 on TCP, with TLS and client certificates where configured. Its keys below `mllp:` are `address`,
/// `port`, `max_frame`, `max_connections`, `frame_time`, `idle_close`, `backlog`, `tls` (broker/transport/README.md).
/// Errors (issues): each key's, each range of `from:` that is none.
std::unique_ptr<listener> make_listener(settings::listener from, listener_parts parts, model::issues& found);

struct options;
/// As above, for one that stands in no configuration file (`tieline receive`).
std::unique_ptr<listener> make_bare_listener(options given, listener_parts parts);

}  // namespace tieline::transport::mllp
