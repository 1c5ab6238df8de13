#include "broker/ops/machine.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace tieline::ops {

std::optional<std::uint64_t> free_bytes(const std::string& folder)
{
    struct statvfs disk {};
    if (::statvfs(folder.c_str(), &disk) != 0)
        return std::nullopt;
    return std::uint64_t(disk.f_bavail) * disk.f_frsize;
}

std::uint64_t resident_bytes()
{
    std::ifstream pages("/proc/self/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    pages >> size >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t open_descriptors()
{
    std::error_code error;
    std::size_t count = 0;
    for (std::filesystem::directory_iterator one("/proc/self/fd", error), end; !error && one != end; one.increment(error))
        count++;
    return count > 0 ? count - 1 : 0;  // one is the listing's own
}

}  // namespace tieline::ops
