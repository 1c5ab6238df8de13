#include "broker/transport/folder/files.hpp"

#include "broker/base/time.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>

namespace tieline::transport::folder {
namespace {

error_code system_error() { return {errno, boost::system::system_category()}; }

struct close_folder {
    void operator()(DIR* one) const { ::closedir(one); }
};

/// A file descriptor, closed at its end.
class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}
    ~descriptor()
    {
        if (number_ >= 0)
            ::close(number_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    explicit operator bool() const { return number_ >= 0; }
    int get() const { return number_; }

private:
    int number_;
};

bool is_complete_name(std::string_view name)
{
    return !name.starts_with('.') && !name.ends_with(".tmp") && !name.ends_with(".part");
}

result<std::string> read_all(int from, std::size_t most)
{
    std::string bytes;
    constexpr std::size_t step = 256U << 10;
    while (bytes.size() <= most) {
        const auto before = bytes.size();
        bytes.resize(before + std::min(step, most + 1 - before));
        const auto got = ::read(from, bytes.data() + before, bytes.size() - before);
        if (got < 0)
            return system_error();
        bytes.resize(before + static_cast<std::size_t>(got));
        if (got == 0)
            break;
    }
    return bytes;
}

// Whole or not at all, whoever looks.
error_code write_whole(const std::string& path, std::string_view content)
{
    const std::string unfinished = path + ".tmp";
    const descriptor to(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640));
    if (!to || ::write(to.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
        return system_error();
    return ::rename(unfinished.c_str(), path.c_str()) == 0 ? error_code() : system_error();
}

}  // namespace

error_code files::prepare() const
{
    for (const auto* folder : {"/done", "/refused"})
        if (::mkdir((path_ + folder).c_str(), 0750) != 0 && errno != EEXIST)
            return system_error();
    return {};
}

result<std::vector<seen_file>> files::list(std::size_t most) const
{
    const std::unique_ptr<DIR, close_folder> folder(::opendir(path_.c_str()));
    if (!folder)
        return system_error();
    std::vector<seen_file> found;  // a heap whose first is the youngest, so that a full one lets the oldest in
    while (const dirent* one = ::readdir(folder.get())) {
        struct stat state {};
        if (!is_complete_name(one->d_name) || ::fnmatch(pattern_.c_str(), one->d_name, 0) != 0 ||
            ::fstatat(::dirfd(folder.get()), one->d_name, &state, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(state.st_mode))
            continue;
        found.push_back({.modified = state.st_mtim.tv_sec * 1'000'000'000 + state.st_mtim.tv_nsec,
                         .name = one->d_name,
                         .size = static_cast<std::uint64_t>(state.st_size),
                         .number = state.st_ino});
        std::push_heap(found.begin(), found.end());
        if (found.size() > most) {
            std::pop_heap(found.begin(), found.end());
            found.pop_back();
        }
    }
    std::sort_heap(found.begin(), found.end());
    return found;
}

result<std::string> files::read(const std::string& name, std::size_t most) const
{
    const descriptor from(::open((path_ + '/' + name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!from)
        return system_error();
    struct stat state {};
    if (::fstat(from.get(), &state) != 0)
        return system_error();
    if (!S_ISREG(state.st_mode))
        return error_code(boost::system::errc::no_such_file_or_directory, boost::system::generic_category());
    return read_all(from.get(), most);
}

std::string files::free_name(const std::string& name, std::string_view folder) const
{
    const std::string wanted = path_ + '/' + std::string(folder) + '/' + name;
    std::string free = wanted;
    std::error_code ignored;
    for (auto at = now().time_since_epoch().count(); std::filesystem::exists(std::filesystem::symlink_status(free, ignored)); at++)
        free = wanted + '.' + std::to_string(at);
    return free;
}

error_code files::move(const std::string& name, std::string_view folder) const
{
    const auto to = free_name(name, folder);
    return ::rename((path_ + '/' + name).c_str(), to.c_str()) == 0 ? error_code() : system_error();
}

error_code files::refuse(const std::string& name, std::string_view reason) const
{
    const auto to = free_name(name, "refused");
    if (const auto failed = write_whole(to + ".reason.txt", reason))
        return failed;
    return ::rename((path_ + '/' + name).c_str(), to.c_str()) == 0 ? error_code() : system_error();
}

}  // namespace tieline::transport::folder
