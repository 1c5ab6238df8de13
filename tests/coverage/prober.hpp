#pragma once

#include "adapters/hl7v2/conversion.hpp"
#include "draft.hpp"

#include <memory>
#include <vector>

namespace coverage {

/// Proves mapping rows: makes small messages that say what a row reads and meet its conditions, converts them, and looks whether the
/// row filled an element that stands in the Bundle.
class prober {
public:
    explicit prober(std::shared_ptr<const program> maps);

    /// Whether some message makes the row of this number (of a map, a table or a message map) fill something. `below` is the part
    /// that the guide's row names, where the mapping row reads the whole; all 0 where there is none.
    bool prove(std::uint32_t number, const source& below = {});

    /// Why no message was found for a row.
    std::string why_not(std::uint32_t number) const;

private:
    struct link {
        const map* in = nullptr;
        const row* what = nullptr;
    };
    using chain = std::vector<link>;      ///< from the row of a segment map to the one in the innermost map
    struct top {
        const message_map* on = nullptr;
        std::uint16_t node = 0;
        const message_row* what = nullptr;
    };
    struct place {
        const map* in = nullptr;
        const row* what = nullptr;
        const table* codes = nullptr;
        const table::entry* entry = nullptr;
        top message{};
    };

    bool prove_row(const chain& through, const std::vector<top>& tops);
    bool prove_message_row(const top& at);
    bool prove_entry(const table& of);
    bool attempt(const top& at, const std::vector<const chain*>& rows);
    bool convert(const std::string& text);
    void say(const chain& of, const top& at, draft& into);
    void say_row(const row& what, const frame& in, const step* target, draft& into);
    std::vector<chain> ways_to(const map& to, int depth) const;
    std::vector<chain> endings(const chain& from, int depth) const;
    std::vector<chain> fillers(const map& of) const;
    std::string sample(const row& of, const frame& in, const step* target) const;

    std::shared_ptr<const program> maps_;
    conversion run_;
    trace trace_{};
    std::vector<place> places_{};
    std::map<const map*, std::vector<link>> callers_{};
    std::map<const map*, std::vector<top>> tops_{};
    std::map<const table*, std::vector<link>> uses_{};
    std::map<const message_map*, std::vector<std::string>> events_{};
    std::vector<bool> carried_{};
    // of the row that is being proved
    std::uint32_t wanted_ = 0;
    source below_{};
    const table::entry* entry_ = nullptr;
    const table* table_ = nullptr;
    int left_ = 0;
};

}  // namespace coverage
