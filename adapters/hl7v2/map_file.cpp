#include "adapters/hl7v2/map_file.hpp"

#include "adapters/hl7v2/text.hpp"

#include <algorithm>
#include <optional>

namespace tieline::adapters::hl7v2 {
namespace {

constexpr std::string_view row_form = "expected SOURCE -> TARGET [= VALUE] [: MAP] [@TABLE] [if CONDITION] [& PATH = TARGET] [; ROW IDS]";

constexpr std::string_view in_any_case = "in any case";

std::string_view take_word(std::string_view& text)
{
    text = trim(text);
    const auto word = text.substr(0, text.find_first_of(" \t"));
    text = trim(text.substr(word.size()));
    return word;
}

// Where the next of the words that open a clause stands, outside quotes; the text's size when there is none.
std::size_t next_clause(std::string_view text, std::string_view openers)
{
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); i++) {
        if (text[i] == '"')
            quoted = !quoted;
        if (quoted || (i && text[i - 1] != ' '))
            continue;
        const auto rest = text.substr(i);
        const bool alone = rest.size() > 1 && rest[1] == ' ' && openers.find(rest[0]) != std::string_view::npos;
        if (alone || (rest[0] == '@' && openers.find('@') != std::string_view::npos) || (rest.starts_with("if ") && openers.find('i') != std::string_view::npos))
            return i;
    }
    return text.size();
}

// Reads what stands behind the arrow, clause by clause.
class clause_reader {
public:
    clause_reader(std::string_view text, map_row& into) : rest_(trim(text)), row_(into) {}

    bool read()
    {
        row_.target = take(next_clause(rest_, "=:@i&;"));
        std::string_view openers = "=:@i&;";
        while (!rest_.empty()) {
            const char opener = rest_[0];
            const auto known = openers.find(opener);
            if (known == std::string_view::npos)
                return false;
            rest_.remove_prefix(opener == 'i' ? 2 : 1);
            openers.remove_prefix(opener == '&' ? known : known + 1);
            if (!read_clause(opener, take(opener == ';' ? rest_.size() : next_clause(rest_, openers))))
                return false;
        }
        return !row_.target.empty();
    }

private:
    std::string_view take(std::size_t size)
    {
        const auto taken = trim(rest_.substr(0, size));
        rest_ = trim(rest_.substr(size));
        return taken;
    }

    bool read_clause(char opener, std::string_view text)
    {
        switch (opener) {
        case '=': row_.value = text; break;
        case ':': row_.map = text; break;
        case '@': row_.table = text; break;
        case 'i': row_.condition = text; break;
        case ';': row_.ids = text; break;
        default: {
            const auto equals = text.find(" = ");
            if (equals == std::string_view::npos)
                return false;
            row_.references.emplace_back(trim(text.substr(0, equals)), trim(text.substr(equals + 3)));
        }
        }
        return !text.empty();
    }

    std::string_view rest_;
    map_row& row_;
};

// Puts rows of a later layer in the place of those below.
void put_row(std::vector<map_row>& rows, map_row row)
{
    const auto is_below = [&](const map_row& other) {
        return other.at.layer < row.at.layer && other.source == row.source && (row.target.empty() || other.target == row.target);
    };
    const auto place = std::find_if(rows.begin(), rows.end(), is_below);
    const auto index = place - rows.begin();
    rows.erase(std::remove_if(rows.begin(), rows.end(), is_below), rows.end());
    if (!row.removes)
        rows.insert(rows.begin() + std::min<std::ptrdiff_t>(index, std::ssize(rows)), std::move(row));
}

bool is_segment(std::string_view name)
{
    return name.size() == 3 && std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

class file_reader {
public:
    file_reader(std::string_view file, std::size_t layer, map_catalog& into, model::issues& found)
        : at_{.file = file, .line = 0, .layer = layer}, into_(into), found_(found)
    {
    }

    void read(std::string_view text)
    {
        while (!text.empty()) {
            const auto end = text.find('\n');
            auto line = text.substr(0, end);
            text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
            at_.line++;
            if (line.ends_with('\r'))
                line.remove_suffix(1);
            if (!trim(line).empty() && !trim(line).starts_with('#'))
                read_line(line);
        }
    }

private:
    void read_line(std::string_view line)
    {
        auto words = line;
        const auto first = take_word(words);
        if (first == "segment" || first == "datatype")
            return open_map(first, words);
        if (first == "table")
            return open_table(words);
        if (first == "message")
            return open_message(words);
        if (message_)
            return read_message_line(line, first, words);
        if (table_)
            return read_code(line);
        if (!map_)
            return complain("expected segment, datatype, table or message and a name first");
        if (auto row = read_row(line))
            put_row(map_->rows, std::move(*row));
    }

    void open_map(std::string_view kind, std::string_view words)
    {
        auto& maps = kind == "segment" ? into_.segments : into_.datatypes;
        const auto name = take_word(words);
        if (name.empty())
            return complain("expected a name after " + std::string(kind));
        message_ = nullptr;
        table_ = nullptr;
        map_ = &maps[name];
        map_->name = name;
        map_->at = at_;
        if (!words.empty())
            map_->argument = words;
    }

    // What the line says counts for the lines below it, and the first system for all lines of the table that have none.
    void open_table(std::string_view words)
    {
        const auto name = take_word(words);
        const auto semicolon = std::min(words.find(';'), words.size());
        auto system = trim(words.substr(0, semicolon));
        const bool any_case = system.ends_with(in_any_case);
        if (any_case)
            system = trim(system.substr(0, system.size() - in_any_case.size()));
        if (name.empty() || name.starts_with(';') || system.find(' ') != std::string_view::npos)
            return complain("expected a name after table, then the system of its codes and the guide's rows: table NAME [SYSTEM] [in any case] [; ROW IDS]");
        map_ = nullptr;
        message_ = nullptr;
        table_ = &into_.tables[name];
        table_->name = name;
        table_->any_case = table_->any_case || any_case;
        if (table_->system.empty())
            table_->system = system;
        table_head_ = {.at = at_, .system = system, .ids = semicolon < words.size() ? trim(words.substr(semicolon + 1)) : std::string_view()};
    }

    void read_code(std::string_view line)
    {
        auto one = table_head_;
        one.at = at_;
        if (!read_table_line(line, one))
            return complain(std::string(table_form));
        table_->lines.push_back(one);
    }

    void open_message(std::string_view words)
    {
        const auto name = take_word(words);
        if (name.empty())
            return complain("expected a message structure's name, for instance ADT_A01");
        map_ = nullptr;
        table_ = nullptr;
        message_ = &into_.messages[name];
        message_->name = name;
        message_->at = at_;
        line_ = 0;
        while (!words.empty())
            message_->events.push_back(take_word(words));
    }

    void read_message_line(std::string_view line, std::string_view first, std::string_view words)
    {
        if (first == "->" || first == "-") {
            auto row = read_row(line);
            if (row && message_->lines.empty())
                return complain("expected a segment's name before its rows");
            if (row)
                put_row(message_->lines[line_].rows, std::move(*row));
            return;
        }
        if (words.size() > 1 || (words.size() == 1 && std::string_view("?*+!").find(words[0]) == std::string_view::npos))
            return complain("expected a segment or group and how often it comes: ?, *, +, ! or nothing");
        const auto indent = line.find_first_not_of(' ');
        if (indent % 4)
            return complain("expected groups to be indented by four blanks");
        const char often = words.empty() ? '1' : words[0];
        put_line({.at = at_, .name = first, .depth = indent / 4, .repeats = often == '*' || often == '+', .required = often == '!' || often == '+'});
    }

    // A line that is there already keeps its place and rows, a new one comes after the last that was named.
    void put_line(structure_line line)
    {
        auto& lines = message_->lines;
        const auto is_same = [&](const structure_line& other) {
            return other.at.layer < at_.layer && other.name == line.name && other.depth == line.depth;
        };
        auto same = std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(lines.empty() ? 0 : line_), lines.end(), is_same);
        if (same == lines.end())
            same = std::find_if(lines.begin(), lines.end(), is_same);
        if (same != lines.end()) {
            same->repeats = line.repeats;
            same->required = line.required;
            line_ = static_cast<std::size_t>(same - lines.begin());
            return;
        }
        if (!lines.empty() && line.depth > lines[line_].depth + (is_segment(lines[line_].name) ? 0 : 1))
            return complain("expected a group's name above what is indented");
        line_ = lines.empty() || at_.layer == 0 ? lines.size() : line_ + 1;
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(line_), std::move(line));
    }

    std::optional<map_row> read_row(std::string_view line)
    {
        map_row row{.at = at_};
        line = trim(line);
        if (line.starts_with("- ")) {
            row.removes = true;
            line = trim(line.substr(2));
        }
        const auto arrow = line.starts_with("->") ? 0 : std::min(line.find(" -> "), line.size());
        row.source = trim(line.substr(0, arrow));
        const bool has_arrow = arrow < line.size();
        const auto rest = has_arrow ? line.substr(arrow + (arrow ? 4 : 2)) : std::string_view();
        const bool whole = has_arrow ? clause_reader(rest, row).read() : row.removes;
        if (!whole || (row.source.empty() && !message_)) {
            complain(std::string(row_form));
            return std::nullopt;
        }
        return row;
    }

    void complain(std::string diagnostics) { found_.push_back(fault(at_, std::move(diagnostics))); }

    file_place at_;
    map_catalog& into_;
    model::issues& found_;
    map_definition* map_ = nullptr;
    table_definition* table_ = nullptr;
    table_line table_head_{};              // what the table's first line says for those below
    message_definition* message_ = nullptr;
    std::size_t line_ = 0;
};

}  // namespace

void read_map_file(std::string_view file, std::string_view text, std::size_t layer, map_catalog& into, model::issues& found)
{
    file_reader(file, layer, into, found).read(text);
}

model::issue fault(const file_place& at, std::string diagnostics)
{
    return {.code = "invalid", .at = std::string(at.file) + ":" + std::to_string(at.line), .diagnostics = std::move(diagnostics)};
}

}  // namespace tieline::adapters::hl7v2
