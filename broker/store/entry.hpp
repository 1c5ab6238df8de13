#pragma once

#include "broker/model/message.hpp"
#include "broker/store/store.hpp"

namespace tieline::store {

/// What the journal keeps of a message beside what it hands on.
struct entry_head {
    std::string_view control_id{};
    std::string_view type{};     ///< `ADT^A01`
    std::string_view content{};  ///< SHA-256 of the bytes, 32 bytes
    bool refused = false;
};

/// The value of an entry in family `entry`: the head, then the bytes as received. It stands here and not in the
/// journal because the embedded bus reads it too, and neither includes the other.
std::string entry_value(const model::received& message, const entry_head& head);

/// The entry in such a value, stored at `at`. Errors: errc::corrupt.
result<model::entry> entry_of(offset at, std::string_view value);

/// An entry for people: everything but its bytes.
struct entry_label {
    model::received message{};   ///< its `bytes` are empty
    std::size_t bytes = 0;       ///< how many there are
    std::string control_id{};
    std::string type{};          ///< `ADT^A01`
    std::string content{};       ///< SHA-256 of the bytes, 32 bytes
    bool refused = false;
};

/// The label of the entry at an offset. Errors: errc::not_found, errc::corrupt, errc::failed.
result<entry_label> read_label(store& from, offset at);

/// The entry at an offset. Errors: errc::not_found, errc::corrupt, errc::failed.
result<model::entry> read_entry(store& from, offset at);

/// The Bundle of a message, which family `bundle` keeps compressed. Errors: errc::not_found, errc::corrupt,
/// errc::failed.
result<std::string> read_bundle(store& from, offset at);

}  // namespace tieline::store
