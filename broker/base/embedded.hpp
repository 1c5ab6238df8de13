#pragma once

#include <span>
#include <string_view>

namespace tieline {

/// A file that the build put into the program (`tieline_embed` in CMakeLists.txt).
struct embedded_file {
    std::string_view name{};     ///< path below the folder that was embedded, `maps/segment/PID.map`
    std::string_view content{};
};

}  // namespace tieline
