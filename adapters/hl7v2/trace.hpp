#pragma once

#include "adapters/hl7v2/program.hpp"
#include "adapters/hl7v2/tree.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace tieline::adapters::hl7v2 {

constexpr std::uint32_t none = 0xffffffff;

/// What a conversion did, row by row, in order. Kept only where somebody wants it explained; views and pointers are those of the
/// conversion and of its message.
class trace {
public:
    /// A text that a row read.
    struct read {
        origin at{};
        bool all = false;              ///< everything below; else the first component and subcomponent below
    };
    /// A map that ran: over a segment, or over a value that a row gave it.
    struct call {
        std::uint32_t row = none;      ///< that called it
        std::uint32_t parent = none;   ///< the call in which that row stands
        const map* of = nullptr;       ///< null: a row of a message map that only makes its resource
        origin given{};
    };
    /// A text put into an element.
    struct fill {
        const node* at = nullptr;
        std::string_view text{};
        std::uint32_t row = none, entry = none, call = none;   ///< entry: of the table through which it went
        std::uint32_t first_read = 0, end_read = 0;
    };
    /// A row that did not fill anything.
    struct skip {
        std::uint32_t row = none, call = none;
        const table* codes = nullptr;  ///< the table that lacks the code; null: the row's condition did not hold
        const hl7v2::row* what = nullptr;  ///< null: of a message map
        read would{};                  ///< what it would have read
    };
    /// A text that a row's condition looked at.
    struct test {
        std::uint32_t row = none;
        read at{};
    };

    void clear()
    {
        calls.clear(), reads.clear(), fills.clear(), skips.clear(), tests.clear(), told.clear(), told_of.clear();
        inside_ = none;
    }
    void begin(std::uint32_t row)
    {
        row_ = row;
        entry_ = none;
        first_read_ = static_cast<std::uint32_t>(reads.size());
    }
    void enter(std::uint32_t row, const map* of, const origin& given)
    {
        calls.push_back({.row = row, .parent = inside_, .of = of, .given = given});
        inside_ = static_cast<std::uint32_t>(calls.size() - 1);
    }
    void leave() { inside_ = calls[inside_].parent; }
    void add_read(const origin& at, bool all = false) { reads.push_back({.at = at, .all = all}); }
    void add_test(const origin& at, bool all) { tests.push_back({.row = row_, .at = {.at = at, .all = all}}); }
    void go_through(std::uint32_t entry) { entry_ = entry; }
    void add_fill(const node* at, std::string_view text)
    {
        fills.push_back({.at = at, .text = text, .row = row_, .entry = entry_, .call = inside_, .first_read = first_read_,
                         .end_read = static_cast<std::uint32_t>(reads.size())});
    }
    void add_skip(const hl7v2::row* what, const read& would, const table* codes = nullptr)
    {
        skips.push_back({.row = row_, .call = inside_, .codes = codes, .what = what, .would = would});
    }
    void add_told(const read& of)
    {
        told.push_back(row_);
        told_of.push_back(of);
    }

    std::vector<call> calls{};
    std::vector<read> reads{};
    std::vector<fill> fills{};
    std::vector<skip> skips{};
    std::vector<test> tests{};
    std::vector<std::uint32_t> told{};  ///< rows that told something, and ...
    std::vector<read> told_of{};        ///< ... of what

private:
    std::uint32_t row_ = none, entry_ = none, inside_ = none, first_read_ = 0;
};

}  // namespace tieline::adapters::hl7v2
