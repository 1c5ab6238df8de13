#include "broker/journal/disk_room.hpp"

#include "broker/base/sabotage.hpp"
#include "broker/observe/log.hpp"

#include <sys/statvfs.h>

namespace tieline::journal {

bool disk_room::look()
{
    const auto time = std::chrono::steady_clock::now();
    if (folder_.empty() || time < next_look_ || sabotaged("no-reserve"))
        return room_;
    next_look_ = time + std::chrono::seconds(1);
    struct statvfs disk{};
    if (::statvfs(folder_.c_str(), &disk) != 0)
        return room_;
    const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    const bool room = free > reserve_;
    if (room != room_.exchange(room)) {
        if (room)
            observe::log.info("journal.disk_has_room", {{"free", free}, {"reserve", reserve_}});
        else
            observe::log.error("journal.disk_full", {{"free", free}, {"reserve", reserve_}});
    }
    return room;
}

}  // namespace tieline::journal
