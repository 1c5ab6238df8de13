#pragma once

#include "adapters/hl7v2/compile_text.hpp"
#include "adapters/hl7v2/program.hpp"

#include <map>

namespace tieline::adapters::hl7v2 {

/// Makes a program of a catalog. Faults go into `found`; all of them at once.
class compiler {
public:
    compiler(const map_catalog& from, program& into, model::issues& found) : from_(from), to_(into), found_(found) {}
    void compile();

private:
    void declare_tables();
    void compile_table(const table_definition& from, table& into);
    void compile_code(const table_definition& of, const table_line& from, table& into);
    void declare_maps(const std::map<std::string_view, map_definition>& definitions, bool of_segment);
    void declare_chain(const map_definition& from, map& into);
    void compile_map(const map_definition& from, map& into);
    void compile_row(const map_row& from, const map_scope& scope, const map& owner, row& into);
    void compile_tell(const map_row& from, const map_scope& scope, row& into);
    void compile_clear(const map_row& from, const map& owner, row& into);
    void compile_value(const map_row& from, const map_scope& scope, row& into);
    void compile_target(const map_row& from, const map& owner, row& into);
    void compile_call(const map_row& from, path_end path, row& into);
    void check_copy(const map_row& from, const path_end& path, const row& into);
    void sort_rows(map& of);
    void choose_rows(map& of);

    void compile_message(const message_definition& from);
    struct message_scope;
    void compile_message_row(const map_row& from, std::uint16_t node, message_scope& in);
    std::uint16_t use_variable(std::string_view name, std::uint16_t node, const file_place& at, message_scope& in);
    bool split_variable(std::string_view target, std::uint16_t node, const file_place& at, message_scope& in, std::uint16_t& variable,
                        std::string_view& path);
    void read_key(std::string_view text, const file_place& at, std::uint16_t node, message_scope& in, std::vector<piece>& into);
    std::string_view take_key(std::string_view side, const file_place& at, std::uint16_t node, message_scope& in, std::vector<piece>& into);
    void compile_reference(const std::pair<std::string_view, std::string_view>& from, const file_place& at, std::uint16_t node,
                           message_scope& in, message_row& into);

    std::int32_t compile_condition(const map_row& from, const map_scope& scope);
    const map* map_named(std::string_view name) const;
    std::uint32_t note(const map_row& from);
    void complain(const file_place& at, std::string why) { found_.push_back(fault(at, std::move(why))); }

    const map_catalog& from_;
    program& to_;
    model::issues& found_;
    std::map<std::string_view, map*> maps_{};
    std::map<std::string_view, const table*> tables_{};
};

}  // namespace tieline::adapters::hl7v2
