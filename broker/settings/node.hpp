#pragma once

#include "broker/settings/section.hpp"
#include "broker/settings/tree.hpp"

#include <map>
#include <set>

namespace tieline::settings {

/// What the copies of a section share.
struct section::node {
    std::shared_ptr<const tree> value{};  ///< a mapping, or null where there is none; shares the whole document
    std::string file{};
    std::size_t line = 0;                 ///< 0: no file
    std::set<std::string, std::less<>> asked{};
    model::issues found{};
    std::vector<std::shared_ptr<node>> taken{};  ///< sections taken from here, finished with this one
    std::map<std::string, std::string, std::less<>> contents{};  ///< digests of the secrets and files that were read, by their keys
    std::map<std::string, std::shared_ptr<node>, std::less<>> children{};  ///< what was taken last from here, by its key

    /// The value of a key, null where absent; the key counts as asked for.
    const tree* look(std::string_view key);
    /// The text of a key; none where absent, none and an issue where it is no text in one line.
    const tree* look_text(std::string_view key, std::string_view expected);
    /// Whether it is a text in one line; an issue in these words otherwise.
    bool is_text(const tree& one, std::string_view words);
    void note(std::size_t at_line, model::severity level, std::string diagnostics);
    /// As `section::fault` and `warn`.
    void note(std::string_view key, model::severity level, std::string diagnostics);
    std::string place(std::size_t at_line) const;
    /// A section of a value below this one; an issue and an empty one when it is no mapping.
    std::shared_ptr<node> below(const tree* one);
    std::string absolute(const std::string& path) const;
    /// The secret that `{env: NAME}` or `{file: PATH}` names; empty and an issue when it can't be had. Several lines only
    /// `of_lines`.
    std::string secret(const tree& one, bool of_lines = false);
    bool finish(model::issues& to);
    bool same_contents(const node& other, std::string_view apart_from) const;
};

/// A secret's file without its final line end; none when it is missing, can't be read or is above so many bytes.
std::optional<std::string> read_secret_file(const std::string& path, std::size_t most = 64U << 10);

}  // namespace tieline::settings
