#pragma once

#include "broker/model/issue.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// Where something stands in a mapping file.
struct file_place {
    std::string_view file{};
    std::size_t line = 0;
    std::size_t layer = 0;   ///< 0: the guide's; 1: the UK's; then the overlays, in order
};

/// One line of a mapping file: `SOURCE -> TARGET = VALUE : MAP @TABLE if CONDITION & PATH = TARGET ; IDS`. Views into the file.
struct map_row {
    file_place at{};
    std::string_view source{};     ///< `PID-3`, `CX.4.1`, `PID` (the segment itself)
    std::string_view target{};     ///< a path from the map's root; `error`, `warning` or `information` for a row that only tells
    std::string_view value{};      ///< what follows `=`: texts in quotes and places, put together
    std::string_view map{};        ///< what follows `:`: `CX[Identifier]`
    std::string_view table{};      ///< what follows `@`
    std::string_view condition{};  ///< what follows `if`
    std::vector<std::pair<std::string_view, std::string_view>> references{};  ///< what follows `&`, in message maps
    std::string_view ids{};        ///< what follows `;`: the rows of the guide that it carries out
    bool removes = false;          ///< the line starts with `-`: the row of the layers below is left out
};

/// A segment map or a data type map.
struct map_definition {
    file_place at{};
    std::string_view name{};       ///< `PID[Patient]`, `CX[Identifier]`
    std::string_view argument{};   ///< a data type map's chain of resources
    std::vector<map_row> rows{};
};

/// One line of a table: `CODE ["DISPLAY"]` for a code that stays as it is, `CODE -> CODE ["DISPLAY"]` for one that becomes another.
struct table_line {
    file_place at{};
    std::string_view from{};
    std::string_view to{};
    std::string_view display{};
    std::string_view system{};     ///< empty: the table's
    std::string_view ids{};        ///< the rows of the guide that it carries out; `*` stands for `from`
    bool is_pattern = false;       ///< `from` has a `#` or ends with a `*`, and is not in quotes
    bool removes = false;
};

struct table_definition {
    std::string_view name{};       ///< `AdministrativeSex`
    std::string_view system{};     ///< of the codes that lines make, unless they name another
    bool any_case = false;         ///< whether a sender's code may be in other letters, small or capital
    std::vector<table_line> lines{};
};

/// A segment or a group in a message structure, with the rows of its segment.
struct structure_line {
    file_place at{};
    std::string_view name{};
    std::size_t depth = 0;         ///< 0: in the message itself
    bool repeats = false;
    bool required = false;
    std::vector<map_row> rows{};
};

struct message_definition {
    file_place at{};
    std::string_view name{};              ///< `ADT_A01`, or `*` for all that have no map
    std::vector<std::string_view> events{};  ///< `ADT^A01`
    std::vector<structure_line> lines{};
};

/// All that mapping files say, before it is compiled. The texts read must outlive it.
struct map_catalog {
    std::map<std::string_view, map_definition> segments{};
    std::map<std::string_view, map_definition> datatypes{};
    std::map<std::string_view, table_definition> tables{};
    std::map<std::string_view, message_definition> messages{};
};

/// Adds one file. In a later layer a row takes the place of the rows with the same source and target in the layers below, and
/// others are added; lines of tables are all kept. Errors: an issue with `file:line` for each line that can't be read.
void read_map_file(std::string_view file, std::string_view text, std::size_t layer, map_catalog& into, model::issues& found);

/// Reads a line of a table. False when it has not the form that `table_form` says.
bool read_table_line(std::string_view line, table_line& into);
inline constexpr std::string_view table_form = "expected CODE [-> CODE] [\"DISPLAY\"] [SYSTEM] [; ROW IDS]";

/// An issue at a place in a mapping file.
model::issue fault(const file_place& at, std::string diagnostics);

}  // namespace tieline::adapters::hl7v2
