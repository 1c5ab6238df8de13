#pragma once

#include "adapters/hl7v2/program.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace coverage {

using namespace tieline::adapters::hl7v2;

/// A place in a message that is being drafted: a node of its structure and what is below; 0: all of it.
struct spot {
    std::uint16_t node = 0, field = 0, component = 0, subcomponent = 0;
    friend auto operator<=>(const spot&, const spot&) = default;
    bool holds(const spot& other) const;
};

/// What a row's places are relative to: a segment, or a value that a row gave to a data type map.
struct frame {
    spot at{};
    bool of_segment = true;
    const table* codes = nullptr;   ///< of the calling row
};

/// One thing that must, or must not, be so.
struct demand {
    const condition* what = nullptr;
    bool wanted = true;
    frame in{};
    std::string value{};            ///< of several that would do
};

/// A small message on a structure.
class draft {
public:
    explicit draft(const message_map& on) : on_(on) {}

    /// Where a row's source is; none when the structure has no such segment.
    std::optional<spot> find(const frame& in, const source& from) const;
    /// Says something at a place unless something is said there.
    void put(spot at, const std::string& text);
    /// Meets a demand as far as a single place can; what remains is settled by `close`.
    void meet(const demand& one);
    /// Says something wherever something must be said; false when something is said that must not be.
    bool close();
    void use(std::uint16_t node) { used_.insert(node); }
    /// The message, or nothing when its event would lead to another structure.
    std::string write(const std::map<const message_map*, std::vector<std::string>>& events) const;

private:
    void meet_value(const demand& one, const spot& at);
    bool says(const spot& at) const;
    std::string first(const spot& at) const;
    std::string header(std::string event) const;
    std::string segment(std::uint16_t node) const;
    std::string fields(std::uint16_t node, std::map<unsigned, std::string> made) const;
    std::set<std::uint16_t> nodes() const;

    const message_map& on_;
    std::map<spot, std::string> values_{};
    std::map<spot, unsigned> repeats_{};
    std::vector<spot> needed_{}, absent_{};
    std::set<std::uint16_t> used_{};
};

}  // namespace coverage
