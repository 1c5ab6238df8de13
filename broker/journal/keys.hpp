#pragma once

#include "broker/base/ids.hpp"
#include "broker/base/time.hpp"

#include <string>
#include <string_view>

namespace tieline::journal {

// Keys of family `index`: a letter, what is looked up, the offset. What senders chose freely (control ids may be long
// and hold any byte) stands as the first 16 bytes of its SHA-256.

std::string control_id_prefix(std::string_view control_id);  ///< `c` and the hash; the offset follows
std::string type_prefix(std::string_view type);              ///< `t` and the hash; the offset follows
std::string patient_prefix(std::string_view patient);        ///< `p` and the hash; the offset follows
std::string second_key(instant at);                       ///< `s` and the second, 8 bytes; the value is the offset

/// Family `index`: `a`, the second, the offset; the value is the key in family `answer` of a message that was deleted before the
/// window of its answer had ended.
std::string answer_end_key(instant received, offset at);

/// Family `answer`: the first 16 bytes of the SHA-256 of sender and control id.
std::string answer_key_of(std::string_view sender, std::string_view control_id);

/// The same of a message with an identity of its own.
std::string identity_key_of(std::string_view listener, std::string_view identity);

/// Family `answer`: where it is written whether the answer to an `answered_later` entry was positive.
std::string settled_key(std::string_view answer_key, offset at);

}  // namespace tieline::journal
