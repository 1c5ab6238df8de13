#pragma once

#include <cstddef>

namespace tieline::app {

/// Lets this process open as many files as the system allows it (getrlimit(2), RLIMIT_NOFILE); gives how many that are.
std::size_t raise_descriptor_limit();

}  // namespace tieline::app
