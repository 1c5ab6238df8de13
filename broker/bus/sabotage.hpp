#pragma once

#ifdef TIELINE_SABOTAGE
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#endif

namespace tieline::bus {

/// Whether this record is to be lost silently. Only a test build (TIELINE_SABOTAGE) ever says so, one time in 1,000,
/// when TIELINE_SABOTAGE=drop is in the environment: it shows that tests/chaos/crashloop sees a lost record.
inline bool loses_this_record()
{
#ifdef TIELINE_SABOTAGE
    static const char* wish = std::getenv("TIELINE_SABOTAGE");
    static std::atomic<std::uint64_t> seen{0};
    return wish && std::string_view(wish) == "drop" && ++seen % 1000 == 0;
#else
    return false;
#endif
}

}  // namespace tieline::bus
