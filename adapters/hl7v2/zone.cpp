#include "adapters/hl7v2/zone.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <string_view>

namespace tieline::adapters::hl7v2 {
namespace {

// Big-endian numbers of a TZif file.
class reader {
public:
    explicit reader(const std::string& bytes) : bytes_(bytes) {}
    bool has(std::size_t size) const { return bytes_.size() - at_ >= size; }
    std::size_t at() const { return at_; }
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

// The line that ends the file.
std::optional<zone_rule> read_rule(std::string_view footer)
{
    const auto end = footer.find('\n', 1);
    return footer.starts_with('\n') && end != std::string_view::npos ? zone_rule::read(footer.substr(1, end - 1)) : std::nullopt;
}

// RFC 8536, 3.2: a time is not before -2^59 (what zic writes for the big bang), an offset is from -25:59:59 to 26:00.
bool is_plausible(const std::vector<std::int64_t>& times, const std::vector<std::int32_t>& offsets)
{
    constexpr std::int64_t far = std::int64_t{1} << 59;
    constexpr std::int32_t day = 26 * 3600;
    return std::all_of(times.begin(), times.end(), [](auto time) { return time >= -far && time <= far; }) &&
           std::all_of(offsets.begin(), offsets.end(), [](auto offset) { return offset > -day && offset <= day; });
}

bool is_name(const std::string& name)
{
    return !name.empty() && name.front() != '/' && name.find("..") == std::string::npos &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '/' || c == '_' || c == '-' || c == '+'; });
}

}  // namespace

time_zone time_zone::load(const std::string& name, model::issues& found)
{
    if (name.empty() || name == "UTC")
        return {};
    std::ifstream file;
    if (is_name(name))
        file.open("/usr/share/zoneinfo/" + name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (auto made = file.is_open() ? read(bytes) : std::nullopt)
        return *made;
    found.push_back({.code = "value", .at = "time_zone",
                     .diagnostics = "no such time zone on this system, expected an IANA name, for instance Europe/London"});
    return {};
}

std::optional<time_zone> time_zone::read(const std::string& bytes)
{
    time_zone made;
    if (bytes.size() < 88 || !bytes.starts_with("TZif") || bytes[4] < '2')
        return std::nullopt;
    reader from(bytes);
    from.skip(read_header(from).size(4));  // the block of 32-bit times; the same follows with 64 bits
    const auto count = read_header(from);
    if (!from.has(count.size(8)) || count.types == 0)
        return std::nullopt;
    made.rule_ = read_rule(bytes.substr(from.at() + count.size(8)));
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
    if (!is_plausible(times, offsets))
        return std::nullopt;
    made.first_ = offsets[0];
    auto before = made.first_;
    for (std::size_t i = 0; i < times.size(); i++) {
        const auto after = kinds[i] < offsets.size() ? offsets[kinds[i]] : before;
        // Forward, the local times that are left out still count as before; backward, those that come twice are the first.
        made.changes_.push_back({.local = times[i] + std::max(before, after), .offset = after});
        before = after;
    }
    return made;
}

std::int32_t time_zone::offset_at(std::int64_t local) const
{
    const auto after = std::upper_bound(changes_.begin(), changes_.end(), local,
                                        [](std::int64_t at, const change& one) { return at < one.local; });
    if (after == changes_.end() && rule_)
        return rule_->offset_at(local);
    return after == changes_.begin() ? first_ : std::prev(after)->offset;
}

}  // namespace tieline::adapters::hl7v2
