#include "broker/app/commands/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace tieline::app {
namespace {

std::string_view escape(style how)
{
    switch (how) {
    case style::plain: break;
    case style::title: return "\033[1m";
    case style::good: return "\033[32m";
    case style::warning: return "\033[33m";
    case style::bad: return "\033[1;31m";
    case style::quiet: return "\033[2m";
    }
    return {};
}

// Characters, not bytes.
std::size_t width(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const table::cell& what, std::size_t to, bool right, bool last, bool colours)
{
    const std::string space(to - std::min(to, width(what.text)), ' ');
    const auto text = styled(what.text, what.how, colours);
    return right ? space + text : last ? text : text + space;
}

}  // namespace

bool takes_colours()
{
    const char* refused = std::getenv("NO_COLOR");
    return ::isatty(STDOUT_FILENO) == 1 && (!refused || !*refused);
}

std::string styled(std::string_view text, style how, bool colours)
{
    const auto begin = escape(how);
    return colours && !begin.empty() ? std::string(begin) + std::string(text) + "\033[0m" : std::string(text);
}

std::string printable(std::string_view text)
{
    std::string clean;
    for (std::size_t at = 0; at < text.size(); at++) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool second_control = byte == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;  // U+0080 to U+009F
        clean += byte < 0x20 || byte == 0x7F || second_control ? '?' : text[at];
        at += second_control ? 1 : 0;
    }
    return clean;
}

std::string table::text(bool colours) const
{
    std::vector<std::size_t> widths;
    for (const auto& one : columns_)
        widths.push_back(width(one.title));
    for (const auto& one : rows_) {
        for (std::size_t at = 0; at < one.cells.size(); at++)
            widths[at] = std::max(widths[at], width(one.cells[at].text));
    }
    std::string all;
    const auto line = [&](const auto& cell_at) {
        for (std::size_t at = 0; at < columns_.size(); at++)
            all += (at > 0 ? "  " : "") + padded(cell_at(at), widths[at], columns_[at].right, at + 1 == columns_.size(), colours);
        all.erase(all.find_last_not_of(' ') + 1);
        all += '\n';
    };
    line([this](std::size_t at) { return cell(columns_[at].title, style::title); });
    for (const auto& one : rows_) {
        line([&one](std::size_t at) { return one.cells[at]; });
        for (const auto& note : one.notes)
            all += "    " + styled(note.text, note.how, colours) + '\n';
    }
    return all;
}

}  // namespace tieline::app
