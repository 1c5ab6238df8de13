#pragma once

#include <string>

namespace tieline::store {

/// A file that one process at a time has locked, with that process's id in it. The kernel lets go of it when the process ends,
/// however that is.
class folder_lock {
public:
    explicit folder_lock(const std::string& path);
    ~folder_lock();
    folder_lock(const folder_lock&) = delete;
    folder_lock& operator=(const folder_lock&) = delete;

    bool opened() const { return file_ >= 0; }
    /// False when another process has it.
    bool take();

private:
    int file_;
};

}  // namespace tieline::store
