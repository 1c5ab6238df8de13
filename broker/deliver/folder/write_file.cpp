#include "broker/deliver/folder/write_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace tieline::deliver::folder {
namespace {

error_code last_error() { return {errno, boost::system::system_category()}; }

/// An open file, closed at the end.
class file {
public:
    file(const std::string& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~file()
    {
        if (number_ >= 0)
            ::close(number_);
    }
    file(const file&) = delete;
    file& operator=(const file&) = delete;

    bool is_open() const { return number_ >= 0; }
    bool write(std::string_view bytes) const
    {
        while (!bytes.empty()) {
            const auto size = ::write(number_, bytes.data(), bytes.size());
            if (size < 0 && errno != EINTR)
                return false;
            bytes.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 0);
        }
        return true;
    }
    bool sync() const { return ::fsync(number_) == 0; }

private:
    int number_;
};

error_code write_part(const std::string& part, std::string_view bytes)
{
    const file out(part, O_WRONLY | O_CREAT | O_TRUNC);
    if (!out.is_open() || !out.write(bytes) || !out.sync())
        return last_error();
    return {};
}

}  // namespace

error_code write_file(const std::string& path, std::string_view bytes)
{
    const auto part = path + ".part";
    auto failed = write_part(part, bytes);
    if (!failed && std::rename(part.c_str(), path.c_str()) != 0)
        failed = last_error();
    if (failed) {
        ::unlink(part.c_str());
        return failed;
    }
    const file folder(path.substr(0, path.rfind('/') + 1), O_RDONLY | O_DIRECTORY);
    return folder.is_open() && folder.sync() ? error_code() : last_error();
}

}  // namespace tieline::deliver::folder
