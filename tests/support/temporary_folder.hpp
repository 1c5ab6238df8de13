#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace tieline::tests {

/// A folder of its own for one test, gone with it.
class temporary_folder {
public:
    temporary_folder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "tieline-test-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~temporary_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace tieline::tests
