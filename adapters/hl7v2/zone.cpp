#include "adapters/hl7v2/zone.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace tieline::adapters::hl7v2 {
namespace {

// Big-endian numbers of a TZif file.
class reader {
public:
    explicit reader(const std::string& bytes) : bytes_(bytes) {}
    bool has(std::size_t size) const { return bytes_.size() - at_ >= size; }
    void skip(std::size_t size) { at_ = std::min(bytes_.size(), at_ + size); }
    std::int64_t number(int size)
    {
        std::uint64_t value = 0;
        for (int i = 0; i < size; i++)
            value = value << 8 | static_cast<unsigned char>(at_ < bytes_.size() ? bytes_[at_++] : 0);
        return size == 8 ? static_cast<std::int64_t>(value) : static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
    }
    unsigned char byte() { return static_cast<unsigned char>(number(1)); }

private:
    const std::string& bytes_;
    std::size_t at_ = 0;
};

struct counts {
    std::size_t is_utc = 0, is_standard = 0, leaps = 0, times = 0, types = 0, letters = 0;
    std::size_t size(std::size_t of_time) const
    {
        return times * (of_time + 1) + types * 6 + letters + leaps * (of_time + 4) + is_standard + is_utc;
    }
};

counts read_header(reader& from)
{
    from.skip(20);
    counts read;
    for (auto* one : {&read.is_utc, &read.is_standard, &read.leaps, &read.times, &read.types, &read.letters})
        *one = static_cast<std::size_t>(from.number(4)) & 0xffffffU;
    return read;
}

bool is_name(const std::string& name)
{
    return !name.empty() && name.front() != '/' && name.find("..") == std::string::npos &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '/' || c == '_' || c == '-' || c == '+'; });
}

}  // namespace

time_zone time_zone::load(const std::string& name, model::issues& found)
{
    time_zone made;
    if (name.empty() || name == "UTC")
        return made;
    std::ifstream file;
    if (is_name(name))
        file.open("/usr/share/zoneinfo/" + name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || !made.read(bytes)) {
        found.push_back({.code = "value", .at = "time_zone",
                         .diagnostics = "no such time zone on this system, expected an IANA name, for instance Europe/London"});
        return {};
    }
    return made;
}

bool time_zone::read(const std::string& bytes)
{
    if (bytes.size() < 88 || !bytes.starts_with("TZif") || bytes[4] < '2')
        return false;
    reader from(bytes);
    from.skip(read_header(from).size(4));  // the block of 32-bit times; the same follows with 64 bits
    const auto count = read_header(from);
    if (!from.has(count.size(8)) || count.types == 0)
        return false;
    std::vector<std::int64_t> times(count.times);
    for (auto& time : times)
        time = from.number(8);
    std::vector<std::size_t> kinds(count.times);
    for (auto& kind : kinds)
        kind = from.byte();
    std::vector<std::int32_t> offsets(count.types);
    for (auto& offset : offsets) {
        offset = static_cast<std::int32_t>(from.number(4));
        from.skip(2);
    }
    first_ = offsets[0];
    auto before = first_;
    for (std::size_t i = 0; i < times.size(); i++) {
        const auto after = kinds[i] < offsets.size() ? offsets[kinds[i]] : before;
        // Forward, the local times that are left out still count as before; backward, those that come twice are the first.
        changes_.push_back({.local = times[i] + std::max(before, after), .offset = after});
        before = after;
    }
    return true;
}

std::int32_t time_zone::offset_at(std::int64_t local) const
{
    const auto after = std::upper_bound(changes_.begin(), changes_.end(), local,
                                        [](std::int64_t at, const change& one) { return at < one.local; });
    return after == changes_.begin() ? first_ : std::prev(after)->offset;
}

}  // namespace tieline::adapters::hl7v2
