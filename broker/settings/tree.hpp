#pragma once

#include "broker/model/issue.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::settings {

/// A value of a YAML file and the line where it stands.
struct tree {
    enum class kind { nothing, text, list, mapping };
    kind what = kind::nothing;
    std::size_t line = 1;
    std::string key{};         ///< its name, inside a mapping
    std::string text{};
    bool quoted = false;       ///< a text that the file has in quotes: no number, no true or false
    std::vector<tree> inside{};  ///< of a list or a mapping, in file order

    const tree* find(std::string_view name) const;

    /// The same values in the same order, wherever they stand.
    bool operator==(const tree& other) const
    {
        return what == other.what && key == other.key && text == other.text && quoted == other.quoted && inside == other.inside;
    }
};

/// What a configuration file may be at most: far beyond any real one, far below what hurts.
inline constexpr std::size_t most_bytes = 1 << 20;
inline constexpr std::size_t most_values = 100'000;
inline constexpr std::size_t most_depth = 32;

/// Reads one YAML document. Refused, besides what is not YAML: anchors and aliases (a few lines of them can stand for
/// gigabytes), tags, a second document, keys that are no texts, the same key twice in a mapping, and what is larger than
/// the limits above. Faults go into `found` as `file:line`; none then, except that a key's repeats are told and left out.
std::optional<tree> read_yaml(std::string_view text, const std::string& file, model::issues& found);

}  // namespace tieline::settings
