#pragma once

#include "broker/model/issue.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline::settings {

/// A mapping of the configuration file, read key by key. Each read says what is expected; what is wrong becomes an issue with
/// `file:line` as its `at` and the expectation in words, and the read gives the default. The section keeps its issues until
/// `finish`, which also names every key that nobody asked for, with the one that could be meant. Copies share their state;
/// one thread at a time.
class section {
public:
    section();  ///< an empty one, for tests and defaults

    bool has(std::string_view key) const;
    bool has(std::string_view key, std::string_view below) const;  ///< a key below a key
    bool has_section(std::string_view key) const;  ///< a mapping, or nothing, stands below the key
    bool empty() const;
    std::vector<std::string> keys() const;
    std::vector<std::string> unasked() const;  ///< keys that no read has asked for yet
    std::vector<std::string> asked() const;    ///< keys that reads have asked for, sorted
    /// The text below the key, without asking for it and without issues; none where there is no text.
    std::optional<std::string> peek(std::string_view key) const;

    std::string text(std::string_view key, std::string otherwise = {});
    /// As `text`; an issue when the key is absent or empty.
    std::string required(std::string_view key, std::string_view expected = "a text");
    std::int64_t integer(std::string_view key, std::int64_t otherwise, std::int64_t least, std::int64_t most);
    /// As `integer`; `never` gives none.
    std::optional<std::int64_t> integer_or_never(std::string_view key, std::optional<std::int64_t> otherwise, std::int64_t least,
                                                 std::int64_t most);
    bool flag(std::string_view key, bool otherwise);
    /// Bytes: `16MiB`, `512KiB`, `2GiB`, `1000`.
    std::uint64_t size(std::string_view key, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most);
    /// `250ms`, `30s`, `5m`, `12h`, `7d`, `0`. `never` is taken only where `otherwise` has no value (and gives none), so a read
    /// with a default always gives a value.
    std::optional<std::chrono::milliseconds> duration(std::string_view key,
                                                      std::optional<std::chrono::milliseconds> otherwise);
    /// One of the words; an issue that lists them otherwise.
    std::string one_of(std::string_view key, std::string otherwise, std::vector<std::string> words);
    /// A list of texts; a single text is a list of one.
    std::vector<std::string> list(std::string_view key);
    /// Names and their values in file order, for instance HTTP headers; each value a text or a secret.
    std::vector<std::pair<std::string, std::string>> pairs(std::string_view key);
    /// `{env: NAME}` or `{file: PATH}` (relative to the configuration file), read at once, a final line end cut; a plain text is
    /// an issue: secrets do not stand in the file. Absent: empty.
    std::string secret(std::string_view key);
    /// As `secret`, of several lines: a private key in PEM.
    std::string secret_text(std::string_view key);
    /// A path, relative ones made absolute from the configuration file's folder. Whether it can be read is for the user of it.
    std::string path(std::string_view key, std::string otherwise = {});
    /// As `path`, for a list or one.
    std::vector<std::string> paths(std::string_view key);
    /// The mapping below the key; empty where absent, an issue where it is something else.
    section child(std::string_view key);
    /// As `child`, for a part that another room reads and finishes: its faults and unknown keys are not ours.
    section apart(std::string_view key);
    /// The mappings below the key in file order, by their names (`listeners:`) ...
    std::vector<std::pair<std::string, section>> children(std::string_view key);
    /// ... or as a list (`routes:`).
    std::vector<section> items(std::string_view key);

    /// An issue at the key's line that begins with the key (the section's own line where the key is absent or empty).
    void fault(std::string_view key, std::string diagnostics);
    void warn(std::string_view key, std::string diagnostics);
    /// `file:line` of the key, or of the section.
    std::string at(std::string_view key = {}) const;

    /// Whether the file says the same here, and whether the secrets and files that readers took from it held the same. What readers took
    /// below the key `apart_from` may differ.
    bool same_as(const section& other, std::string_view apart_from = {}) const;

    /// Names the keys that nobody asked for, here and in the sections taken from here, and moves all that was wrong into
    /// `found`. Call when all is read. True when there was no error among it.
    bool finish(model::issues& found);

    struct node;
    explicit section(std::shared_ptr<node> from);

private:
    std::shared_ptr<node> node_;
};

}  // namespace tieline::settings
