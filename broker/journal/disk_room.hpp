#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace tieline::journal {

/// Whether the disk of a folder has more free bytes than its reserve; looked at once a second at most.
class disk_room {
public:
    /// An empty folder is not watched: there always is room.
    disk_room(std::string folder, std::uint64_t reserve) : folder_(std::move(folder)), reserve_(reserve) {}

    /// For the writer.
    bool look();

    /// What `look` found last; any thread.
    bool seen() const { return room_; }

private:
    std::string folder_;
    std::uint64_t reserve_;
    std::chrono::steady_clock::time_point next_look_{};
    std::atomic<bool> room_{true};
};

}  // namespace tieline::journal
