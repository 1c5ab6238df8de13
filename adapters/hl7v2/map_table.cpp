#include "adapters/hl7v2/map_file.hpp"
#include "adapters/hl7v2/text.hpp"

#include <algorithm>

// Lines of tables. There are thousands of them: read in one pass, without a copy.

namespace tieline::adapters::hl7v2 {
namespace {

class line_reader {
public:
    explicit line_reader(std::string_view text) : rest_(trim(text)) {}

    bool is_quoted() const { return rest_.starts_with('"'); }
    bool at_end() const { return rest_.empty(); }

    /// A word, or what stands in quotes; empty when the quotes don't end, or there is none.
    std::string_view take()
    {
        const bool quoted = is_quoted();
        const auto end = quoted ? rest_.find('"', 1) : std::min(rest_.find(' '), rest_.size());
        if (end == std::string_view::npos)
            return {};
        const auto word = quoted ? rest_.substr(1, end - 1) : rest_.substr(0, end);
        rest_ = trim(rest_.substr(end + (quoted ? 1 : 0)));
        return word;
    }

    bool skip(std::string_view word)
    {
        const bool found = rest_.starts_with(word) && (rest_.size() == word.size() || rest_[word.size()] == ' ');
        if (found)
            rest_ = trim(rest_.substr(word.size()));
        return found;
    }

    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

}  // namespace

bool read_table_line(std::string_view line, table_line& into)
{
    line_reader read(line);
    into.removes = read.skip("-");
    const bool quoted = read.is_quoted();
    into.from = into.to = read.take();
    into.is_pattern = !quoted && (into.from.ends_with('*') || into.from.find('#') != std::string_view::npos);
    if (into.from.empty() || into.from == "->")
        return false;
    if (read.skip("->"))
        into.to = read.take();
    if (read.is_quoted())
        into.display = read.take();
    if (!read.at_end() && !read.rest().starts_with(';'))
        into.system = read.take();
    if (read.skip(";"))
        into.ids = read.rest();
    else if (!read.at_end())
        return false;
    return !into.to.empty() && !into.to.starts_with(';');
}

}  // namespace tieline::adapters::hl7v2
