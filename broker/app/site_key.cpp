#include "broker/app/site_key.hpp"

#include "broker/base/digest.hpp"

#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

namespace tieline::app {
namespace {

error_code last_error() { return {errno, boost::system::system_category()}; }

result<std::string> make(const std::string& file)
{
    sha256_digest random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
        return error_code(EIO, boost::system::system_category());
    const auto key = hex(random);
    const int to = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0)
        return last_error();
    const bool written = ::write(to, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && ::fsync(to) == 0;
    const auto error = last_error();
    ::close(to);
    return written ? result<std::string>(key) : result<std::string>(error);
}

}  // namespace

result<std::string> site_key(const std::string& file)
{
    if (::access(file.c_str(), F_OK) != 0)
        return make(file);
    std::ifstream from(file, std::ios::binary);
    std::string key{std::istreambuf_iterator<char>(from), {}};
    while (!key.empty() && (key.back() == '\n' || key.back() == '\r'))
        key.pop_back();
    if (!from || key.empty())
        return error_code(EINVAL, boost::system::system_category());
    return key;
}

}  // namespace tieline::app
