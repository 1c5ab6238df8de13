#pragma once

#include "broker/base/error.hpp"
#include "broker/model/decision.hpp"
#include "broker/store/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::journal {

/// Writes what became of a message, the Bundle where there is one (compressed), and the patient's index key.
void put_outcome(store::batch& in, offset at, const model::outcome& what, std::string_view bundle);

/// What became of a message; none while it is only stored. Errors: store::errc::corrupt.
result<std::optional<model::outcome>> read_outcome(store::store& from, offset at);

/// The Bundle of a message. Errors: store::errc::not_found, store::errc::corrupt.
result<std::string> read_bundle(store::store& from, offset at);

/// The offsets of a patient's messages after `after`, oldest first, at most `most`.
result<std::vector<offset>> find_patient(store::store& from, std::string_view patient_key, offset after, std::size_t most);

/// One line of a message's story after its outcome: a delivery that ended, or something that a person did.
struct trace_line {
    instant at{};
    std::string where{};   ///< the destination; empty: the message itself
    std::string what{};    ///< `Delivered`, `Held`, `Skipped`, `released`, `held`, `Refused`
    std::string why{};     ///< our own words
    std::string who{};     ///< `uid 1000`; empty: Tieline
    std::uint32_t tries = 0;
    std::string answer{};  ///< the receiver's answer by its code, `AA`, `201`
};

/// Adds a line to the story; lines of one message sort by time.
void put_trace(store::batch& in, offset at, const trace_line& line);
result<std::vector<trace_line>> read_trace(store::store& from, offset at);

/// Published through: the highest offset up to which every entry is on the bus or has another end; 0 at first.
void put_published_through(store::batch& in, offset at);
result<offset> read_published_through(store::store& from);

}  // namespace tieline::journal
