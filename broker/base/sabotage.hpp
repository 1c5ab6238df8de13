#pragma once

#ifdef TIELINE_SABOTAGE
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>
#endif

/// What a test build can be told, by its environment, to do wrong; tests/chaos shows with it that its oracle is not blind. In the
/// shipped program each of these is an empty constexpr function: nothing of it is compiled in, not even the names.
///
///     TIELINE_SABOTAGE=NAME       breaks the promise of that name:            if (sabotaged("drop")) …
///     TIELINE_DIE_AT=STEP:COUNT   dies, as by SIGKILL, the COUNTth time that   die_at("synced");
///                                 some thread comes to the step
///
/// TIELINE_SABOTAGE is defined for the program `tieline_sabotaged` alone, which tests/CMakeLists.txt builds from the .cpp files that
/// include this header and the libraries of the rest; so only .cpp files may include it. The two kinds have names of their own
/// (an inline namespace), as both may be linked into one program.
namespace tieline {

#ifdef TIELINE_SABOTAGE
inline namespace armed {

inline bool sabotaged(std::string_view promise)
{
    static const char* const wish = std::getenv("TIELINE_SABOTAGE");
    return wish && wish == promise;
}

/// One in `every` calls, of all threads together.
inline bool sabotaged(std::string_view promise, unsigned every)
{
    static std::atomic<unsigned> calls{0};
    return sabotaged(promise) && ++calls % every == 0;
}

/// Whether this is the time that `step` is to be the last one.
inline bool dies_at(std::string_view step)
{
    static const char* const wish = std::getenv("TIELINE_DIE_AT");
    static const std::string_view name = wish ? std::string_view(wish).substr(0, std::strcspn(wish, ":")) : std::string_view();
    static std::atomic<long> left{wish && wish[name.size()] ? std::atol(wish + name.size() + 1) : 1};
    return wish && step == name && --left == 0;
}

/// Ends the process as SIGKILL does: nothing is flushed, nothing is said.
[[noreturn]] inline void die()
{
    std::raise(SIGKILL);
    std::abort();
}

inline void die_at(std::string_view step)
{
    if (dies_at(step))
        die();
}

/// So that what a broken promise left open can be seen.
inline void linger() { std::this_thread::sleep_for(std::chrono::milliseconds(150)); }

/// Keeps memory, some 60 MiB a second, or descriptors for good. For one thread.
inline void waste()
{
    static auto& kept = *new std::vector<std::string>;
    static std::chrono::steady_clock::time_point next{};
    if (const auto time = std::chrono::steady_clock::now(); sabotaged("hoard") && time >= next) {
        kept.emplace_back(4U << 20, 'x');
        next = time + std::chrono::milliseconds(65);
    }
    if (sabotaged("leak", 50))
        (void)::dup(0);
}

}  // namespace armed
#else
inline namespace harmless {

constexpr bool sabotaged(const char*) { return false; }
constexpr bool sabotaged(const char*, unsigned) { return false; }
constexpr bool dies_at(const char*) { return false; }
constexpr void die() {}
constexpr void die_at(const char*) {}
constexpr void linger() {}
constexpr void waste() {}

}  // namespace harmless
#endif

}  // namespace tieline
