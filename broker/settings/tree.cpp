#include "broker/settings/tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <exception>
#include <sstream>
#include <utility>

namespace tieline::settings {
namespace {

/// Thrown by the builder to leave the parser.
struct refusal {
    std::size_t line;
    std::string words;
};

std::size_t line_of(const YAML::Mark& mark) { return mark.is_null() ? 1 : static_cast<std::size_t>(mark.line) + 1; }

/// What yaml-cpp's words mean to someone who writes the file.
const std::array<std::pair<std::string_view, std::string_view>, 8> meanings{{
    {YAML::ErrorMsg::MAP_VALUE, "`key: value` can't stand here; is the line above complete? a text with `: ` in it needs quotes"},
    {YAML::ErrorMsg::END_OF_MAP, "expected `key: value`, indented as its neighbours"},
    {YAML::ErrorMsg::END_OF_SEQ, "expected `- item`, indented as its neighbours"},
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "expected `,` or `}` to end what `{` began"},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "expected `,` or `]` to end what `[` began"},
    {YAML::ErrorMsg::FLOW_END, "this bracket closes nothing, or another kind of bracket"},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "expected a text in quotes: it begins with a character that means something in YAML"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "a text in quotes does not end"},
}};

std::string meaning(const std::string& words)
{
    const auto known = std::find_if(meanings.begin(), meanings.end(), [&words](const auto& one) { return one.first == words; });
    return known == meanings.end() ? words : std::string(known->second);
}

/// Whether a quote that opens at the start of the text closes in it. yaml-cpp takes the rest of the file for the value of a
/// text whose quote never closes, and says nothing.
bool closes(std::string_view quoted)
{
    const char quote = quoted.front();
    for (std::size_t at = 1; at < quoted.size(); at++) {
        if (quoted[at] == '\\' && quote == '"')
            at++;  // \" is a quote inside the text, and so is ''
        else if (quote == '\'' && quoted.substr(at, 2) == "''")
            at++;
        else if (quoted[at] == quote)
            return true;
    }
    return false;
}

/// Makes a tree of the parser's events.
class builder : public YAML::EventHandler {
public:
    builder(std::string_view text, const std::string& file, model::issues& found) : file_(file), found_(found)
    {
        for (std::size_t at = 0, end = 0; end != text.npos; at = end + 1) {
            end = text.find('\n', at);
            lines_.push_back(text.substr(at, end - at));
        }
    }

    tree take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override
    {
        if (documents_++ > 0)
            throw refusal{line_of(mark), "a second document begins here, expected one"};
    }
    void OnDocumentEnd() override {}
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override
    {
        throw refusal{line_of(mark), "an alias (*name) stands here, expected the value itself"};
    }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        add(begin(mark, "", anchor, tree::kind::nothing));
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override
    {
        tree one = begin(mark, tag, anchor, tree::kind::text);
        one.text = value;
        one.quoted = tag == "!";
        if (one.quoted && !closes_in_line(mark))
            throw refusal{one.line, "a text in quotes does not end on its line"};
        if (is_key())
            open_.back().key = key{std::move(one.text), one.line};
        else
            add(std::move(one));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override
    {
        open(begin(mark, tag, anchor, tree::kind::list));
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override
    {
        open(begin(mark, tag, anchor, tree::kind::mapping));
    }
    void OnMapEnd() override { close(); }

private:
    struct key {
        std::string text;
        std::size_t line;
    };
    struct frame {
        tree value;
        std::optional<builder::key> key{};
    };

    bool is_key() const
    {
        return !open_.empty() && open_.back().value.what == tree::kind::mapping && !open_.back().key;
    }

    bool closes_in_line(const YAML::Mark& mark) const
    {
        const std::string_view line = lines_.at(line_of(mark) - 1);
        const auto column = std::min(static_cast<std::size_t>(mark.column), line.size());
        const std::string_view rest = line.substr(column);
        return rest.empty() || (rest.front() != '"' && rest.front() != '\'') || closes(rest);
    }

    tree begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, tree::kind what)
    {
        const std::size_t line = line_of(mark);
        if (anchor != YAML::NullAnchor)
            throw refusal{line, "an anchor (&name) stands here, expected plain values"};
        if (!tag.empty() && tag != "?" && tag != "!")
            throw refusal{line, "a tag (!name) stands here, expected plain values"};
        if (++values_ > most_values)
            throw refusal{line, "more than " + std::to_string(most_values) + " values"};
        if (is_key() && what != tree::kind::text)
            throw refusal{line, "expected a text as key"};
        tree one;
        one.what = what;
        one.line = line;
        return one;
    }

    void open(tree one)
    {
        if (open_.size() == most_depth)
            throw refusal{one.line, "nested more than " + std::to_string(most_depth) + " deep"};
        open_.push_back({std::move(one)});
    }

    void close()
    {
        tree done = std::move(open_.back().value);
        open_.pop_back();
        add(std::move(done));
    }

    void add(tree one)
    {
        if (open_.empty()) {
            root_ = std::move(one);
            return;
        }
        auto& [parent, name] = open_.back();
        if (parent.what == tree::kind::mapping) {
            const key named = *std::exchange(name, std::nullopt);
            if (const tree* first = parent.find(named.text)) {
                found_.push_back({.code = "duplicate",
                                  .at = file_ + ":" + std::to_string(named.line),
                                  .diagnostics = "the key \"" + named.text + "\" stands here again, it is on line "
                                      + std::to_string(first->line) + " already"});
                return;
            }
            one.key = named.text;
            one.line = named.line;
        }
        parent.inside.push_back(std::move(one));
    }

    const std::string& file_;
    model::issues& found_;
    std::vector<std::string_view> lines_;
    tree root_;
    std::vector<frame> open_;
    std::size_t documents_ = 0;
    std::size_t values_ = 0;
};

}  // namespace

const tree* tree::find(std::string_view name) const
{
    if (what != kind::mapping)
        return nullptr;
    const auto one = std::find_if(inside.begin(), inside.end(), [name](const tree& each) { return each.key == name; });
    return one == inside.end() ? nullptr : &*one;
}

std::optional<tree> read_yaml(std::string_view text, const std::string& file, model::issues& found)
{
    const auto refuse = [&](std::size_t line, std::string words) {
        found.push_back({.code = "structure", .at = file + ":" + std::to_string(line), .diagnostics = std::move(words)});
        return std::nullopt;
    };
    if (text.size() > most_bytes)
        return refuse(1, "larger than 1 MiB, expected a configuration file");
    if (text.find('\0') != text.npos)
        return refuse(1, "holds a byte of value 0, expected YAML in UTF-8");
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        builder made(text, file, found);
        while (parser.HandleNextDocument(made)) {
        }
        return made.take();
    } catch (const refusal& why) {
        return refuse(why.line, why.words);
    } catch (const YAML::Exception& error) {
        return refuse(line_of(error.mark), "not YAML: " + meaning(error.msg));
    } catch (const std::exception&) {
        return refuse(1, "not YAML that can be read");
    }
}

}  // namespace tieline::settings
