#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tieline::app {

enum class style { plain, title, good, warning, bad, quiet };

/// Whether standard output is a terminal that takes colours (https://no-color.org).
bool takes_colours();

/// The text in a style, where `colours`.
std::string styled(std::string_view text, style how, bool colours);

/// The text for a terminal: what senders chose may hold control characters that a terminal obeys; they become `?`.
std::string printable(std::string_view text);

/// Rows under titles, each column as wide as its widest cell.
class table {
public:
    struct column {
        std::string title{};
        bool right = false;  ///< for numbers
    };
    struct cell {
        cell(std::string what, style in = style::plain) : text(printable(what)), how(in) {}
        std::string text;
        style how;
    };

    explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}
    void add(std::vector<cell> cells) { rows_.push_back({std::move(cells), {}}); }
    /// A line below the last row.
    void note(std::string text, style how = style::plain) { rows_.back().notes.emplace_back(std::move(text), how); }
    bool empty() const { return rows_.empty(); }
    std::string text(bool colours) const;

private:
    struct row {
        std::vector<cell> cells{};
        std::vector<cell> notes{};
    };
    std::vector<column> columns_;
    std::vector<row> rows_;
};

}  // namespace tieline::app
