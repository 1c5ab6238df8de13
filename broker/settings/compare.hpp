#pragma once

#include "broker/settings/settings.hpp"

namespace tieline::settings {

// What a reload asks of two configurations. The sections of both have been read by their rooms.

/// Whether the listener's port, who may connect to it and what its kind reads are the same, so that its connections can stay. The
/// certificates below `tls` may have changed: new handshakes get them without a new port. What the intake alone looks at
/// (`adapter`, `accept`, `mode`, `ack` …) doesn't count.
bool same_way_in(const listener& one, const listener& other);

/// Whether nothing of the destination has changed, secrets and files included.
bool same(const destination& one, const destination& other);

/// What can't be changed while Tieline runs: an issue for each key that differs from those of `running`.
void check_reloadable(const configuration& running, const configuration& given, model::issues& found);

}  // namespace tieline::settings
