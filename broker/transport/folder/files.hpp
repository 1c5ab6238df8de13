#pragma once

#include "broker/base/error.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::transport::folder {

/// A file as the folder shows it; the same in every part means that nobody wrote to it in between.
struct seen_file {
    std::int64_t modified = 0;  ///< nanoseconds since 1970
    std::string name{};
    std::uint64_t size = 0;
    std::uint64_t number = 0;   ///< inode
    friend auto operator<=>(const seen_file&, const seen_file&) = default;  // oldest first, then by name
};

/// A folder whose files are picked up: what its disk is asked, in blocking calls for a thread of their own. Symbolic links are
/// not followed below the folder itself.
class files {
public:
    files(std::string path, std::string pattern) : path_(std::move(path)), pattern_(std::move(pattern)) {}

    /// Makes `done/` and `refused/` where they are missing. Errors: the system's.
    error_code prepare() const;

    /// The oldest files that match the pattern, at most `most`, oldest first. Folders, links, names that start with a dot or end in
    /// `.tmp` or `.part` are none. Errors: the folder can't be read.
    result<std::vector<seen_file>> list(std::size_t most) const;

    /// What the file holds, at most `most` bytes and one, so that a larger one is seen.
    /// Errors: the system's; errc::no_such_file_or_directory when it is no plain file (any more).
    result<std::string> read(const std::string& name, std::size_t most) const;

    /// Moves the file into a folder below, under a name that is free there. Errors: the system's.
    error_code move(const std::string& name, std::string_view folder) const;

    /// As `move`, to `refused/`, with the reason beside it as NAME.reason.txt.
    error_code refuse(const std::string& name, std::string_view reason) const;

    const std::string& path() const { return path_; }

private:
    std::string free_name(const std::string& name, std::string_view folder) const;

    std::string path_;
    std::string pattern_;
};

}  // namespace tieline::transport::folder
