#include "broker/settings/node.hpp"

#include "broker/base/digest.hpp"
#include "broker/settings/words.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tieline::settings {
namespace {

bool one_line(std::string_view text)
{
    return std::none_of(text.begin(), text.end(), [](unsigned char each) { return each < 0x20 || each == 0x7f; });
}

/// What could be meant by a key that nobody knows.
std::string expected_key(std::string_view given, const std::vector<std::string>& known)
{
    if (known.empty())
        return "expected none here";
    const std::string meant = nearest(given, known);
    return meant.empty() ? "expected one of: " + joined(known) : "did you mean \"" + meant + "\"?";
}

}  // namespace

std::optional<std::string> read_secret_file(const std::string& path, std::size_t most)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    std::string content(most + 1, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (!file.eof())
        return std::nullopt;
    content.resize(static_cast<std::size_t>(file.gcount()));
    if (content.ends_with('\n'))
        content.pop_back();
    if (content.ends_with('\r'))
        content.pop_back();
    return content;
}

const tree* section::node::look(std::string_view key)
{
    asked.emplace(key);
    return value ? value->find(key) : nullptr;
}

bool section::node::is_text(const tree& one, std::string_view words)
{
    const bool fine = one.what == tree::kind::text && one_line(one.text);
    if (!fine)
        note(one.line, model::severity::error, std::string(words));
    return fine;
}

const tree* section::node::look_text(std::string_view key, std::string_view expected)
{
    const tree* one = look(key);
    return one && is_text(*one, std::string(key) + ": expected " + std::string(expected)) ? one : nullptr;
}

void section::node::note(std::size_t at_line, model::severity level, std::string diagnostics)
{
    found.push_back({.level = level, .at = place(at_line), .diagnostics = std::move(diagnostics)});
}

void section::node::note(std::string_view key, model::severity level, std::string diagnostics)
{
    const tree* one = value ? value->find(key) : nullptr;
    const bool named = key.empty() || diagnostics.starts_with(std::string(key) + ":");
    note(one ? one->line : line, level, (named ? "" : std::string(key) + ": ") + std::move(diagnostics));
}

std::string section::node::place(std::size_t at_line) const
{
    return at_line == 0 ? file : file + ":" + std::to_string(at_line);
}

std::shared_ptr<section::node> section::node::below(const tree* one)
{
    auto made = std::make_shared<node>();
    made->file = file;
    made->line = one ? one->line : line;
    if (one && one->what == tree::kind::mapping)
        made->value = std::shared_ptr<const tree>(value, one);
    else if (one && one->what != tree::kind::nothing)
        note(one->line, model::severity::error,
             (one->key.empty() ? "" : one->key + ": ") + std::string("expected a mapping (key: value)"));
    return made;
}

std::string section::node::absolute(const std::string& path) const
{
    const auto folder = std::filesystem::absolute(file).parent_path();
    return (folder / path).lexically_normal().string();
}

std::string section::node::secret(const tree& one, bool of_lines)
{
    const auto refuse = [&](std::string words) {
        note(one.line, model::severity::error, one.key + ": " + std::move(words));
        return std::string();
    };
    const tree* source = one.what == tree::kind::mapping && one.inside.size() == 1 ? &one.inside.front() : nullptr;
    if (!source || (source->key != "env" && source->key != "file") || source->what != tree::kind::text || source->text.empty()
        || !one_line(source->text))
        return refuse("expected {env: NAME} or {file: PATH}; a secret does not stand in the configuration itself");
    std::string content;
    if (source->key == "env") {
        const char* set = std::getenv(source->text.c_str());
        if (!set)
            return refuse("the environment variable " + source->text + " is not set");
        content = set;
    } else {
        auto read = read_secret_file(absolute(source->text));
        if (!read)
            return refuse("the file " + absolute(source->text) + " is missing or can't be read");
        content = std::move(*read);
    }
    const std::string origin = (source->key == "env" ? "the environment variable " : "the file ") + source->text;
    if (content.empty())
        return refuse(origin + " is empty, expected a secret");
    if (!of_lines && !one_line(content))
        return refuse(origin + " holds more than one line or control characters, expected a secret in one line");
    contents.insert_or_assign(one.key, hex(sha256(content)));
    return content;
}

bool section::node::same_contents(const node& other, std::string_view apart_from) const
{
    const auto same_child = [&](const auto& mine) {
        const auto theirs = other.children.find(mine.first);
        return mine.first == apart_from || (theirs != other.children.end() && mine.second->same_contents(*theirs->second, {}));
    };
    return contents == other.contents && std::all_of(children.begin(), children.end(), same_child);
}

bool section::node::finish(model::issues& to)
{
    const std::vector<std::string> known(asked.begin(), asked.end());
    if (value)
        for (const auto& one : value->inside)
            if (asked.insert(one.key).second)
                note(one.line, model::severity::error, "unknown key \"" + one.key + "\", " + expected_key(one.key, known));
    bool fine = !model::has_error(found);
    std::move(found.begin(), found.end(), std::back_inserter(to));
    found.clear();
    for (const auto& each : taken)
        fine = each->finish(to) && fine;
    taken.clear();
    return fine;
}

}  // namespace tieline::settings
