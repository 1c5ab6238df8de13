#include "broker/store/log_check.hpp"

#include "broker/base/digest.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

namespace tieline::store {
namespace {

constexpr std::size_t block_bytes = 32U << 10;
constexpr std::size_t head_bytes = 7;  // of a record: CRC (4), length (2), type (1)

// As RocksDB stores it, so that the CRC of a text that holds CRCs is still a good one.
std::uint32_t masked(std::uint32_t crc) { return (crc >> 15 | crc << 17) + 0xa282ead8U; }

struct record {
    std::size_t bytes = 0;   ///< with its head; 0: it does not match
    bool zero = false;       ///< room that was made and not written
    bool whole = false;      ///< it does not match, but all of it is there: its length was changed, not its end torn off
};

// Whether the checksum is right for some other length.
bool has_another_length(std::string_view block, std::uint32_t crc)
{
    for (std::size_t length = 0; head_bytes + length <= block.size(); length++)
        if (crc == masked(crc32c(block.substr(6, 1 + length))))
            return true;
    return false;
}

record read_record(std::string_view block)
{
    std::uint32_t crc = 0;
    std::uint16_t length = 0;
    std::memcpy(&crc, block.data(), sizeof crc);
    std::memcpy(&length, block.data() + sizeof crc, sizeof length);
    if (crc == 0 && length == 0 && block[6] == 0)
        return {.zero = true};
    if (head_bytes + length > block.size())
        return {.whole = has_another_length(block, crc)};
    if (crc != masked(crc32c(block.substr(6, 1U + length))))
        return {};
    return {.bytes = head_bytes + length};
}

/// Reads a log block by block and keeps what it saw.
struct log_reader {
    std::optional<std::uint64_t> fault{};
    bool whole_behind = false;

    void read_block(std::string_view block, std::uint64_t at)
    {
        std::size_t place = 0;
        while (block.size() - place >= head_bytes) {
            const auto one = read_record(block.substr(place));
            if (one.zero)
                return;
            whole_behind = whole_behind || one.whole;
            if (one.bytes == 0)
                return note(at + place);  // where the next record of this block begins can't be told
            whole_behind = whole_behind || fault;
            place += one.bytes;
        }
        if (block.size() < block_bytes && place < block.size())
            note(at + place);
    }
    void note(std::uint64_t at)
    {
        if (!fault)
            fault = at;
    }
};

log_reader read_log(const std::filesystem::path& path)
{
    log_reader seen;
    std::ifstream from(path, std::ios::binary);
    std::string block(block_bytes, '\0');
    for (std::uint64_t at = 0; from; at += block_bytes) {
        from.read(block.data(), static_cast<std::streamsize>(block.size()));
        const auto got = static_cast<std::size_t>(from.gcount());
        if (got > 0)
            seen.read_block(std::string_view(block).substr(0, got), at);
    }
    return seen;
}

void add_fault(std::vector<log_fault>& to, const std::filesystem::path& path)
{
    if (const auto seen = read_log(path); seen.fault)
        to.push_back({.file = path.filename().string(), .at = *seen.fault, .followed = seen.whole_behind});
}

}  // namespace

std::vector<log_fault> check_list_of_files(const std::string& folder)
{
    std::ifstream current(folder + "/CURRENT");
    std::string name;
    std::vector<log_fault> faults;
    if (std::getline(current, name))
        add_fault(faults, folder + '/' + name);
    return faults;
}

std::vector<log_fault> check_logs(const std::string& folder)
{
    std::vector<std::filesystem::path> logs;
    std::error_code gone;
    for (const auto& one : std::filesystem::directory_iterator(folder, gone))
        if (one.path().extension() == ".log" && one.file_size(gone) > 0)
            logs.push_back(one.path());
    std::sort(logs.begin(), logs.end());
    std::vector<log_fault> faults;
    for (const auto& path : logs) {
        for (auto& earlier : faults)
            earlier.followed = true;
        add_fault(faults, path);
    }
    return faults;
}

}  // namespace tieline::store
