#include "broker/settings/section.hpp"

#include "broker/base/digest.hpp"
#include "broker/settings/node.hpp"
#include "broker/settings/words.hpp"

#include <algorithm>
#include <charconv>

namespace tieline::settings {
namespace {

constexpr std::size_t most_compared = 4U << 20;  // bytes of a file: a bundle of authorities has some hundred KiB

/// `port: expected a whole number`.
std::string named(std::string_view key, std::string words) { return std::string(key) + ": expected " + std::move(words); }

std::string whole(std::int64_t least, std::int64_t most)
{
    return "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
}

/// The number below the key; none where it is absent, none and an issue where it is something else.
std::optional<std::int64_t> whole_number(section::node& node, std::string_view key, const std::string& expected,
                                         std::int64_t least, std::int64_t most)
{
    const tree* one = node.look_text(key, expected);
    if (!one)
        return std::nullopt;
    std::int64_t value = 0;
    const char* end = one->text.data() + one->text.size();
    const auto [rest, error] = std::from_chars(one->text.data(), end, value);
    if (!one->quoted && error == std::errc{} && rest == end && value >= least && value <= most)
        return value;
    node.note(one->line, model::severity::error, named(key, expected + (one->quoted ? ", without quotes" : "")));
    return std::nullopt;
}

}  // namespace

section::section() : node_(std::make_shared<node>()) {}
section::section(std::shared_ptr<node> from) : node_(std::move(from)) {}

bool section::has(std::string_view key) const { return node_->value && node_->value->find(key); }

bool section::has(std::string_view key, std::string_view below) const
{
    const tree* one = node_->value ? node_->value->find(key) : nullptr;
    return one && one->find(below);
}

bool section::has_section(std::string_view key) const
{
    const tree* one = node_->value ? node_->value->find(key) : nullptr;
    return one && (one->what == tree::kind::mapping || one->what == tree::kind::nothing);
}

bool section::empty() const { return !node_->value || node_->value->inside.empty(); }

std::vector<std::string> section::keys() const
{
    std::vector<std::string> all;
    if (node_->value)
        for (const auto& one : node_->value->inside)
            all.push_back(one.key);
    return all;
}

std::vector<std::string> section::unasked() const
{
    auto all = keys();
    std::erase_if(all, [this](const std::string& key) { return node_->asked.contains(key); });
    return all;
}

std::vector<std::string> section::asked() const { return {node_->asked.begin(), node_->asked.end()}; }

std::optional<std::string> section::peek(std::string_view key) const
{
    const tree* one = node_->value ? node_->value->find(key) : nullptr;
    return one && one->what == tree::kind::text ? std::optional(one->text) : std::nullopt;
}

std::string section::text(std::string_view key, std::string otherwise)
{
    const tree* one = node_->look_text(key, "a text in one line");
    return one ? one->text : otherwise;
}

std::string section::required(std::string_view key, std::string_view expected)
{
    if (!node_->look(key)) {
        fault({}, "\"" + std::string(key) + "\" is missing, expected " + std::string(expected));
        return {};
    }
    const tree* one = node_->look_text(key, expected);
    if (one && one->text.empty())
        fault(key, "expected " + std::string(expected));
    return one ? one->text : std::string();
}

std::int64_t section::integer(std::string_view key, std::int64_t otherwise, std::int64_t least, std::int64_t most)
{
    return whole_number(*node_, key, whole(least, most), least, most).value_or(otherwise);
}

std::optional<std::int64_t> section::integer_or_never(std::string_view key, std::optional<std::int64_t> otherwise,
                                                      std::int64_t least, std::int64_t most)
{
    if (!has(key) || peek(key) == "never") {
        node_->look(key);
        return has(key) ? std::nullopt : otherwise;
    }
    const auto given = whole_number(*node_, key, "`never` or " + whole(least, most), least, most);
    return given ? given : otherwise;
}

bool section::flag(std::string_view key, bool otherwise)
{
    const tree* one = node_->look_text(key, "true or false");
    if (!one)
        return otherwise;
    if (one->quoted || (one->text != "true" && one->text != "false")) {
        fault(key, "expected true or false");
        return otherwise;
    }
    return one->text == "true";
}

std::uint64_t section::size(std::string_view key, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most)
{
    const std::string expected = "a size such as 512KiB or 16MiB, from " + size_text(least) + " to " + size_text(most);
    const tree* one = node_->look_text(key, expected);
    if (!one)
        return otherwise;
    const auto bytes = to_size(one->text);
    if (!bytes || *bytes < least || *bytes > most) {
        fault(key, "expected " + expected);
        return otherwise;
    }
    return *bytes;
}

std::optional<std::chrono::milliseconds> section::duration(std::string_view key,
                                                           std::optional<std::chrono::milliseconds> otherwise)
{
    const std::string expected =
        otherwise ? "a span such as 250ms, 30s, 5m, 12h or 7d" : "`never` or a span such as 250ms, 30s, 5m, 12h or 7d";
    const tree* one = node_->look_text(key, expected);
    if (!one || (!otherwise && one->text == "never"))
        return otherwise;
    const auto span = to_duration(one->text);
    if (!span)
        fault(key, "expected " + expected);
    return span ? span : otherwise;
}

std::string section::one_of(std::string_view key, std::string otherwise, std::vector<std::string> words)
{
    const std::string expected = "one of: " + joined(words);
    const tree* one = node_->look_text(key, expected);
    if (!one)
        return otherwise;
    if (std::find(words.begin(), words.end(), one->text) == words.end()) {
        const std::string meant = nearest(one->text, words);
        fault(key, "expected " + expected + (meant.empty() ? "" : "; did you mean \"" + meant + "\"?"));
        return otherwise;
    }
    return one->text;
}

std::vector<std::string> section::list(std::string_view key)
{
    const tree* one = node_->look(key);
    if (!one)
        return {};
    const std::string expected = named(key, "a text or a list of texts");
    std::vector<std::string> all;
    if (one->what != tree::kind::list) {
        if (node_->is_text(*one, expected))
            all.push_back(one->text);
        return all;
    }
    for (const auto& each : one->inside)
        if (node_->is_text(each, expected))
            all.push_back(each.text);
    return all;
}

std::vector<std::pair<std::string, std::string>> section::pairs(std::string_view key)
{
    const tree* one = node_->look(key);
    std::vector<std::pair<std::string, std::string>> all;
    if (!one)
        return all;
    if (one->what != tree::kind::mapping) {
        fault(key, "expected a mapping of names to texts");
        return all;
    }
    for (const auto& each : one->inside)
        if (each.what == tree::kind::mapping || node_->is_text(each, named(each.key, "a text, {env: NAME} or {file: PATH}")))
            all.emplace_back(each.key, each.what == tree::kind::mapping ? node_->secret(each) : each.text);
    return all;
}

std::string section::secret(std::string_view key)
{
    const tree* one = node_->look(key);
    return one ? node_->secret(*one) : std::string();
}

std::string section::secret_text(std::string_view key)
{
    const tree* one = node_->look(key);
    return one ? node_->secret(*one, true) : std::string();
}

std::string section::path(std::string_view key, std::string otherwise)
{
    const tree* one = node_->look_text(key, "a path");
    const std::string& chosen = one ? one->text : otherwise;
    if (one && one->text.empty())
        fault(key, "expected a path");
    if (chosen.empty())
        return chosen;
    auto full = node_->absolute(chosen);
    if (const auto content = read_secret_file(full, most_compared))
        node_->contents.insert_or_assign(std::string(key), hex(sha256(*content)));
    return full;
}

std::vector<std::string> section::paths(std::string_view key)
{
    auto all = list(key);
    for (auto& one : all)
        one = node_->absolute(one);
    return all;
}

section section::child(std::string_view key)
{
    section made(node_->below(node_->look(key)));
    node_->taken.push_back(made.node_);
    node_->children.insert_or_assign(std::string(key), made.node_);
    return made;
}

section section::apart(std::string_view key) { return section(node_->below(node_->look(key))); }

std::vector<std::pair<std::string, section>> section::children(std::string_view key)
{
    const section all = child(key);
    std::vector<std::pair<std::string, section>> made;
    if (all.node_->value)
        for (const auto& one : all.node_->value->inside)
            made.emplace_back(one.key, section(all).child(one.key));
    return made;
}

std::vector<section> section::items(std::string_view key)
{
    const tree* one = node_->look(key);
    std::vector<section> made;
    if (!one || one->what == tree::kind::nothing)
        return made;
    if (one->what != tree::kind::list) {
        fault(key, "expected a list (- item)");
        return made;
    }
    for (const auto& each : one->inside) {
        made.emplace_back(node_->below(&each));
        node_->taken.push_back(made.back().node_);
    }
    return made;
}

void section::fault(std::string_view key, std::string diagnostics)
{
    node_->note(key, model::severity::error, std::move(diagnostics));
}

void section::warn(std::string_view key, std::string diagnostics)
{
    node_->note(key, model::severity::warning, std::move(diagnostics));
}

std::string section::at(std::string_view key) const
{
    const tree* one = node_->value ? node_->value->find(key) : nullptr;
    return node_->place(one ? one->line : node_->line);
}

bool section::same_as(const section& other, std::string_view apart_from) const
{
    const auto* mine = node_->value.get();
    const auto* theirs = other.node_->value.get();
    const bool same = mine && theirs ? *mine == *theirs : !mine == !theirs;
    return same && node_->same_contents(*other.node_, apart_from);
}

bool section::finish(model::issues& found) { return node_->finish(found); }

}  // namespace tieline::settings
