#include "broker/settings/words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <utility>

namespace tieline::settings {
namespace {

using unit = std::pair<std::string_view, std::uint64_t>;
constexpr std::array<unit, 4> sizes{unit{"", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}};
constexpr std::array<unit, 5> spans{unit{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr std::uint64_t ten_years = 3650ULL * 86'400'000;

/// Digits and a unit, multiplied out; none when it is something else or more than `most`.
template <std::size_t N>
std::optional<std::uint64_t> with_unit(std::string_view text, const std::array<unit, N>& units, std::uint64_t most)
{
    std::uint64_t count = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc{})
        return std::nullopt;
    const std::string_view name(rest, static_cast<std::size_t>(end - rest));
    const auto of = std::find_if(units.begin(), units.end(), [name](const unit& one) { return one.first == name; });
    if (of == units.end() || count > most / of->second)
        return std::nullopt;
    return count * of->second;
}

/// How many letters are to be changed, added, left out or swapped with their neighbour (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); i++) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); j++) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last.back();
}

}  // namespace

std::optional<std::uint64_t> to_size(std::string_view text) { return with_unit(text, sizes, 1ULL << 62); }

std::optional<std::chrono::milliseconds> to_duration(std::string_view text)
{
    const auto span = text == "0" ? std::optional<std::uint64_t>(0) : with_unit(text, spans, ten_years);
    if (!span)
        return std::nullopt;
    return std::chrono::milliseconds(*span);
}

std::string size_text(std::uint64_t bytes)
{
    for (auto one = sizes.rbegin(); one != sizes.rend(); ++one)
        if (bytes >= one->second && bytes % one->second == 0)
            return std::to_string(bytes / one->second) + std::string(one->first);
    return std::to_string(bytes);
}

std::string nearest(std::string_view word, const std::vector<std::string>& known)
{
    std::string best;
    std::size_t least = std::min<std::size_t>(3, word.size() / 3) + 1;
    if (word.size() > 64)
        return best;
    for (const auto& one : known)
        if (const std::size_t far = distance(word, one); far < least) {
            least = far;
            best = one;
        }
    return best;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string all;
    for (const auto& word : words)
        all += (all.empty() ? "" : ", ") + word;
    return all;
}

}  // namespace tieline::settings
