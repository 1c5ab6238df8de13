#include "broker/deliver/folder/write_file.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>

using tieline::deliver::folder::write_file;
namespace fs = std::filesystem;

namespace {

struct scratch {
    fs::path path = fs::temp_directory_path() / ("tieline-write-file-" + std::to_string(::getpid()));
    scratch() { fs::create_directories(path); }
    ~scratch() { fs::remove_all(path); }
};

std::string read(const fs::path& from)
{
    std::ifstream in(from, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("deliver folder: a file appears whole, and a repeat replaces it", "[deliver][folder]")
{
    const scratch in;
    const auto path = (in.path / "tie1.1.hl7").string();
    CHECK_FALSE(write_file(path, "first"));
    CHECK_FALSE(write_file(path, std::string("sec\0nd", 6)));
    CHECK(read(path) == std::string("sec\0nd", 6));
    CHECK(std::distance(fs::directory_iterator(in.path), {}) == 1);
}

TEST_CASE("bad input: receiver's folder is not there", "[deliver][folder]")
{
    const scratch in;
    CHECK(write_file((in.path / "absent" / "tie1.1.hl7").string(), "x"));
    fs::create_directories(in.path / "tie1.2.hl7");
    CHECK(write_file((in.path / "tie1.2.hl7").string(), "x"));
    CHECK_FALSE(fs::exists(in.path / "tie1.2.hl7.part"));
}
