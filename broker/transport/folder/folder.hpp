#pragma once

#include "broker/transport/listener.hpp"

namespace tieline::transport::folder {

/// A listener that picks up the files of a folder once each and moves them to `done/` or `refused/`. Its keys below `folder:` are
/// `path`, `pattern`, `poll`, `settle`, `max_file` (broker/transport/README.md).
/// Errors (issues): each key's.
std::unique_ptr<listener> make_listener(settings::listener from, listener_parts parts, model::issues& found);

}  // namespace tieline::transport::folder
