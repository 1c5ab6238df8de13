#pragma once

#include "adapters/hl7v2/map_file.hpp"
#include "adapters/hl7v2/schema.hpp"
#include "adapters/hl7v2/structure.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// Where a text is taken from: a field of the segment at hand, a part of the value at hand, or a field of another segment.
struct source {
    bool own = true;                ///< of the segment or value that the map is about
    name_id segment = 0;            ///< not own: the nearest segment of this name
    std::uint16_t field = 0;        ///< field or, in a data type map, component; 0: the whole
    std::uint16_t repetition = 0;   ///< 0: the one at hand, else the first
    std::uint16_t component = 0;    ///< below `field`; 0: all of it
    std::uint16_t subcomponent = 0;
    friend bool operator==(const source&, const source&) = default;
};

/// A piece of a text that a row puts together.
struct piece {
    enum class kind { literal, value, whole, digits, lines, encoded, of_hex, times, part, points, width, original, later, earlier };
    kind what = kind::literal;
    std::string_view literal{};
    source from{};
    unsigned number = 0;            ///< of times and part
    source amount{}, unit{};        ///< of `later` and `earlier`
    bool has_unit = false;
};

struct table;

/// A condition, a node of its tree.
struct condition {
    enum class kind { valued, equals, one_of, like, in_table, same, holds, both, either, negated, count, length, number, date, nhs_number, mapped };
    enum class compare { equal, less, less_equal, greater, greater_equal };
    kind what = kind::valued;
    compare with = compare::equal;
    source from{};
    unsigned number = 0;
    std::vector<std::string_view> values{};
    const table* codes = nullptr;
    source other{};                       ///< same: the place with the same text
    std::int32_t left = -1, right = -1;   ///< in the program's list of conditions
    std::uint16_t place = 0;              ///< among those of its map, from 0
    std::uint64_t fields = 0;             ///< that a segment map's condition asks, a bit each: field modulo 64
    friend bool operator==(const condition&, const condition&) = default;
};

/// One step of the path to the element that a row fills.
struct step {
    const fhir::element* element = nullptr;
    const fhir::alternative* as = nullptr;
    const fhir::type* enter = nullptr;    ///< go on in the resource that the reference refers to; made when there is none
    std::uint32_t label = 0;              ///< of the item of a repeating element: same label and repetition, same item
    bool spreads = false;                 ///< an item for each repetition of the source
    bool in_turn = false;                 ///< `[#]`: the first item for the first segment of its name, whatever segments these are
    std::string_view url{};               ///< of an extension
};

/// The codes of a table. Patterns are those of `is_like`.
struct table {
    struct entry {
        std::string_view from{}, to{}, display{}, system{}, ids{};
        bool is_pattern = false;
        std::uint32_t number = 0;         ///< in the program's list of all rows
    };
    std::string_view name{};
    bool any_case = false;                ///< capital and small letters are the same
    std::vector<entry> exact{};
    std::vector<std::uint32_t> places{};  ///< in `exact`, from 1, by a hash of the code; 0: none
    std::vector<entry> patterns{};        ///< the longest first
    std::string ids{};                    ///< what the entries' ids are views into
    /// Null when the table does not have the code.
    const entry* find(std::string_view code) const;
    /// Fills `places`; to be called once `exact` is complete.
    void index();
};

struct map;

/// Of a chained map: not a certain one of its resources but the innermost that there is.
constexpr std::uint16_t innermost = 0xffff;

/// A place that many rows of a map ask for in their conditions, looked at once: each of the texts that they ask for has a bit, its
/// place in the list, and all other texts the one behind.
struct choice {
    static constexpr std::size_t most = 63;
    source from{};
    std::vector<std::string_view> values{};        ///< none: there is no such place
};

/// `SYSTEM|CODE|DISPLAY`.
struct coded_text {
    std::string_view system{}, code{}, display{};
};

/// A compiled row. What every row is asked for comes first, as there are more rows than the first cache holds.
struct row {
    enum class action : std::uint8_t { copy, compose, call, tell, clear, attach };
    std::uint64_t chosen = ~std::uint64_t{0};      ///< the bits of the map's choice without which its condition can't hold
    std::int32_t condition = -1;
    std::uint32_t beside = 0;             ///< not the root but the item of this label beside it
    action what = action::copy;
    bool spreads = false;
    bool table_of_caller = false;         ///< the table is the one that the calling row named
    bool constant = false;                ///< composed of literals only
    std::uint16_t field = 0;              ///< the rows of a map are sorted by it
    std::uint16_t local = 0;              ///< chained maps: which of its resources, from 1; or the innermost
    source argument{};                    ///< what a called map is given
    std::uint32_t number = 0;             ///< in the program's list of all rows
    std::vector<step> target{};
    const table* codes = nullptr;
    const map* call = nullptr;
    std::vector<piece> pieces{};
    coded_text coded{};                   ///< a constant, where the target is coded
    source from{};
    model::severity level = model::severity::warning;
};

/// A compiled segment or data type map.
struct map {
    std::string_view name{};
    const fhir::type* root = nullptr;
    bool of_segment = false;
    name_id about = 0;                             ///< the segment that it is about
    /// The rows of a field: from `begin` up to `end` among all.
    struct field_rows {
        std::uint16_t field = 0, begin = 0, end = 0;
    };
    std::vector<row> rows{};                       ///< by field; 0, the whole, first
    std::vector<field_rows> fields{};              ///< those that have rows
    choice by{};
    std::vector<std::string_view> chain{};         ///< the labels of its resources, innermost first
    std::vector<step> chain_link{};                ///< from each to the next that is there
    std::uint16_t conditions = 0;                  ///< how many different ones its rows have, parts of conditions counted
};

/// A resource that a message map names, `Observation[2]`: it lives as long as the innermost group that holds all rows naming it.
struct variable {
    std::string_view name{};
    const fhir::type* of = nullptr;
    std::uint16_t owner = 0;                       ///< node of the structure
};

/// `& subject = Patient`.
struct reference_rule {
    std::uint16_t in = 0, to = 0;                  ///< variables
    std::vector<step> path{};
    std::vector<piece> in_at{}, to_at{};           ///< that side is the resource with this key, wherever in the message it is
};

/// A row of a message map.
struct message_row {
    const map* call = nullptr;
    std::uint16_t into = 0;                        ///< variable
    std::vector<step> path{};                      ///< below it
    std::int32_t condition = -1;
    std::vector<reference_rule> references{};
    std::vector<piece> key{};                      ///< by which references elsewhere in the message find the resource
    std::uint32_t number = 0;
};

struct message_map {
    std::string_view name{};
    structure layout{};
    std::vector<std::vector<message_row>> rows{};  ///< by node
    std::vector<variable> variables{};
};

/// An event, `ADT^A01`, and the map for its messages; with `before` and `after` only for those in which the first segment of the one name
/// comes before the first of the other, or there is none of the other.
struct named_event {
    std::string_view name{}, before{}, after{};
    const message_map* map = nullptr;
};

/// What explains a row to a person.
struct row_note {
    file_place at{};
    std::string_view ids{}, source{}, target{}, condition{};   ///< as they are written
};

/// Which mapping files make a program. Later layers win: the guide's, the UK's (maps/uk), the folders of a site in their order.
struct layers {
    bool uk = true;
    std::vector<std::string> overlay{};
};

/// The mapping files, compiled. Immutable; shared by adapters.
class program {
public:
    /// Reads and compiles the files of all layers. Null and an issue with `file:line` for each fault.
    static std::shared_ptr<const program> compile(const layers& of, model::issues& found);

    /// The map for a message by its event (`ADT`, `A01`) and the structure that MSH-9.3 names; the one for everything else when there is none.
    const message_map* message_for(const message& of, std::string_view type, std::string_view event, std::string_view structure) const;

    const names& segment_names() const { return names_; }
    const condition& at(std::int32_t index) const { return conditions_[static_cast<std::size_t>(index)]; }
    const row_note& note(std::uint32_t number) const { return notes_[number]; }
    const map* find_map(std::string_view name) const;
    const table* find_table(std::string_view name) const;
    std::size_t rows() const { return notes_.size(); }
    const std::vector<std::unique_ptr<map>>& maps() const { return maps_; }
    const std::vector<std::unique_ptr<table>>& tables() const { return tables_; }
    const std::vector<std::unique_ptr<message_map>>& messages() const { return messages_; }
    const std::vector<named_event>& events() const { return events_; }

private:
    friend class compiler;
    std::vector<std::string> texts_{};             // of overlays, and of file names
    std::vector<std::unique_ptr<map>> maps_{};
    std::vector<std::unique_ptr<table>> tables_{};
    std::vector<std::unique_ptr<message_map>> messages_{};
    std::vector<named_event> events_{};
    std::vector<condition> conditions_{};
    std::vector<row_note> notes_{};
    names names_{};
};

}  // namespace tieline::adapters::hl7v2
