#pragma once

#include "broker/transport/tcp/server.hpp"

#include <chrono>
#include <optional>

namespace tieline::transport::mllp {

/// What an MLLP listener is told, read and checked.
struct options : tcp::options {
    std::size_t max_frame = 16U << 20;                       ///< bytes
    std::chrono::milliseconds frame_time{30'000};            ///< from a frame's first byte to its last
    std::optional<std::chrono::milliseconds> idle_close{};   ///< none: feeds are silent at night
};

/// Reads the keys below `mllp:` and finishes the section. None, with issues in `found`, when something is wrong.
std::optional<options> read_options(settings::listener from, model::issues& found);

}  // namespace tieline::transport::mllp
