#pragma once

#include <chrono>
#include <thread>

namespace tieline::tests {

/// Waits for what another thread brings about; false when it did not within a minute, which is long enough for a busy machine and a sanitizer.
template <typename Condition>
bool eventually(Condition holds)
{
    using namespace std::chrono_literals;
    for (const auto end = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < end;) {
        if (holds())
            return true;
        std::this_thread::sleep_for(2ms);
    }
    return holds();
}

}  // namespace tieline::tests
