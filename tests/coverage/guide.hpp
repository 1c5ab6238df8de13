#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace coverage {

/// A decision on a row of the guide, or on all rows whose ids start so.
struct erratum {
    std::string id{};            ///< without the `*`
    bool many = false;
    bool carried = false;        ///< a mapping row names it, and does it in another way than the guide writes
    std::string reason{};
    std::string at{};            ///< `errata/segments.txt:7`
    bool covers(std::string_view row) const { return many ? row.starts_with(id) : row == id; }
};

/// The rows of the guide, and what was decided about them.
struct guide {
    std::vector<std::string> rows{};               ///< ids, in the order of guide_rows.txt
    std::vector<erratum> errata{};
    std::vector<std::string> faults{};             ///< `file:line: why`

    const erratum* find(std::string_view row) const;
};

/// Reads errata/*.txt below the adapter's folder.
guide read_guide(const std::string& folder);

/// Adds what mapping rows and errata contradict each other in, and ids that the guide does not have. `named` are the ids that mapping
/// rows name, with the place of the row.
void check_errata(guide& all, const std::map<std::string, std::string>& named);

/// `M`, `S`, `D` or `T`; `PID[Patient]`; whether a code row has a source code.
char kind_of(std::string_view row);
std::string map_of(std::string_view row);
bool has_source(std::string_view row);

/// The ids of a mapping row, which stand with blanks between them and may hold some themselves.
std::vector<std::string> split_ids(std::string_view ids);

}  // namespace coverage
