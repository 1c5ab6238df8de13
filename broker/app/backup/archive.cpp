#include "broker/app/backup/archive.hpp"

#include "broker/base/digest.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace tieline::app {
namespace {

constexpr std::size_t chunk_bytes = 1U << 20;
constexpr std::string_view list_name = "/backup.list";
constexpr std::string_view title = "tieline-backup 1";

error_code last_error() { return {errno, boost::system::system_category()}; }

struct descriptor {
    int number = -1;
    explicit descriptor(int opened) : number(opened) {}
    ~descriptor()
    {
        if (number >= 0)
            ::close(number);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
};

// As many bytes as `into` has room for, or up to the file's end.
result<std::string_view> read_chunk(int from, std::string& into)
{
    std::size_t filled = 0;
    while (filled < into.size()) {
        const auto got = ::read(from, into.data() + filled, into.size() - filled);
        if (got < 0)
            return last_error();
        if (got == 0)
            break;
        filled += static_cast<std::size_t>(got);
    }
    return std::string_view(into).substr(0, filled);
}

bool write_all(int to, std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto written = ::write(to, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    return true;
}

std::string hex_of(std::uint32_t number)
{
    char text[9];
    std::snprintf(text, sizeof text, "%08x", number);
    return text;
}

bool read_line_of(archive& into, const std::string& line)
{
    std::istringstream words(line);
    std::string kind, sum;
    words >> kind;
    if (kind == "node")
        words >> into.node;
    else if (kind == "made")
        words >> into.made;
    else if (kind == "last")
        words >> into.last.value;
    else if (kind == "published")
        words >> into.published.value;
    else if (kind == "file") {
        archived one;
        words >> one.name >> one.bytes >> sum;
        const auto end = std::from_chars(sum.data(), sum.data() + sum.size(), one.checksum, 16);
        const bool outside = one.name.starts_with('/') || one.name.find("..") != one.name.npos;
        into.files.push_back(one);
        return words && end.ec == std::errc() && !outside;
    } else
        return line == title;
    return static_cast<bool>(words);
}

}  // namespace

result<archived> copy_file(const std::string& from, const std::string& to)
{
    const descriptor in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
    if (in.number < 0)
        return last_error();
    const descriptor out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (out.number < 0)
        return last_error();
    archived made;
    std::string chunk(chunk_bytes, '\0'), sums;
    for (;;) {
        const auto part = read_chunk(in.number, chunk);
        if (!part)
            return part.error();
        if (part->empty())
            break;
        if (!write_all(out.number, *part))
            return last_error();
        const auto sum = crc32c(*part);
        sums.append(reinterpret_cast<const char*>(&sum), sizeof sum);
        made.bytes += part->size();
    }
    made.checksum = crc32c(sums);
    if (::fsync(out.number) != 0)
        return last_error();
    return made;
}

result<std::vector<archived>> copy_files(const std::string& from, const std::string& to, const std::vector<std::string>& names,
                                         const std::function<void(const archived&)>& each)
{
    std::vector<archived> all;
    for (const auto& name : names) {
        std::error_code ignored;
        std::filesystem::create_directories(std::filesystem::path(to + '/' + name).parent_path(), ignored);
        auto one = copy_file(from + '/' + name, to + '/' + name);
        if (!one)
            return one.error();
        one->name = name;
        each(*one);
        all.push_back(std::move(*one));
    }
    return all;
}

error_code write_list(const archive& what, const std::string& folder)
{
    std::ostringstream text;
    text << title << "\nnode " << what.node << "\nmade " << what.made << "\nlast " << what.last.value << "\npublished "
         << what.published.value << '\n';
    for (const auto& one : what.files)
        text << "file " << one.name << ' ' << one.bytes << ' ' << hex_of(one.checksum) << '\n';
    const auto lines = text.str();
    const auto path = folder + std::string(list_name);
    const descriptor out(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (out.number < 0 || !write_all(out.number, lines + "end " + hex_of(crc32c(lines)) + '\n') || ::fsync(out.number) != 0)
        return last_error();
    return sync_folder(folder);
}

result<archive> read_list(const std::string& folder)
{
    std::ifstream from(folder + std::string(list_name), std::ios::binary);
    if (!from)
        return last_error();
    const std::string text{std::istreambuf_iterator<char>(from), {}};
    const auto broken = error_code(EPROTO, boost::system::system_category());
    const auto end = text.rfind("end ");
    if (end == text.npos || text.substr(end) != "end " + hex_of(crc32c(std::string_view(text).substr(0, end))) + '\n')
        return broken;
    archive made;
    std::istringstream lines(text.substr(0, end));
    for (std::string line; std::getline(lines, line);)
        if (!read_line_of(made, line))
            return broken;
    return made;
}

error_code sync_folder(const std::string& folder)
{
    const descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return opened.number < 0 || ::fsync(opened.number) != 0 ? last_error() : error_code();
}

}  // namespace tieline::app
