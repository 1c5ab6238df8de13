#include "broker/store/lock.hpp"

#include "broker/store/store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>

namespace tieline::store {

folder_lock::folder_lock(const std::string& path) : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}

folder_lock::~folder_lock()
{
    if (file_ >= 0)
        ::close(file_);
}

bool folder_lock::take()
{
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0)
        return false;
    const auto id = std::to_string(::getpid()) + '\n';
    // For people; a full disk must not keep a broker from starting.
    if (::ftruncate(file_, 0) == 0)
        (void)!::pwrite(file_, id.data(), id.size(), 0);
    return true;
}

std::string holder_of(const std::string& folder)
{
    std::ifstream from(folder + "/lock");
    std::string id;
    from >> id;
    return id;
}

}  // namespace tieline::store
