#pragma once

#include "broker/base/ids.hpp"
#include "broker/bus/kafka/admin.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline::bus::kafka {

/// A record of the compacted topic `<prefix>_progress`.
struct note {
    std::string key{};
    std::string value{};
};

/// What the topic says of one node: how far its journal is on Kafka. Keys: NODE → `THROUGH JOURNAL`; NODE/OFFSET → `JOURNAL`
/// for a message that was Held and came onto the bus after its turn; NODE/hello → what a new producer writes to know where
/// the topic ended when it came.
struct progress {
    offset through{};                 ///< every message up to it is on Kafka, or has no record
    std::string journal{};            ///< the journal that wrote it, by the name it gave itself; empty: no record
    std::set<offset> released{};      ///< of this journal

    /// Whether the records of a message are on Kafka.
    bool holds(offset at, bool released_one) const { return released_one ? released.contains(at) : at <= through; }
};

note progress_note(std::string_view node, offset through, std::string_view journal);
note released_note(std::string_view node, offset at, std::string_view journal);
note hello_note(std::string_view node);

/// Reads the notes of `node` from all that the topic holds, oldest first. What can't be read is an error in words.
said<progress> read_progress(std::string_view node, const std::vector<note>& notes);

/// Why the two must not go on together, in words; empty when they may. `published` and `newest` are the journal's own:
/// published through, and its last entry when it was opened.
std::string contradiction(const progress& there, std::string_view journal, offset published, offset newest);

}  // namespace tieline::bus::kafka
