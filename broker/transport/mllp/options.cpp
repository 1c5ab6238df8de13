#include "broker/transport/mllp/options.hpp"

namespace tieline::transport::mllp {

using namespace std::chrono_literals;

std::optional<options> read_options(settings::listener from, model::issues& found)
{
    settings::section keys = from.transport;  // shares its state with the one that the options keep for reloads
    model::issues ranges;
    options read{tcp::read_options(std::move(from), 2575, 4096, ranges)};
    read.max_frame = keys.size("max_frame", 16U << 20, 1U << 10, 64U << 20);
    read.frame_time = keys.duration("frame_time", 30s).value_or(30s);
    read.idle_close = keys.duration("idle_close", std::nullopt);
    found.insert(found.end(), ranges.begin(), ranges.end());
    if (!keys.finish(found) || !ranges.empty())
        return std::nullopt;
    return read;
}

}  // namespace tieline::transport::mllp
