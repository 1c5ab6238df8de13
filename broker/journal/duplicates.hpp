#pragma once

#include "broker/journal/waiting.hpp"

#include <unordered_map>

namespace tieline::journal {

/// What family `answer` keeps of the first message of a sender and control id.
struct first_message {
    sha256_digest content{};
    offset at{};
    instant time{};
    bool answered_later = false;
};
std::string to_value(const first_message& one);
result<first_message> first_message_of(std::string_view value);

/// Erases what family `answer` keeps of the message at an offset; not what a newer one with the same key has put there.
void erase_answer(store::store& from, store::batch& in, std::string_view answer_key, offset at);

/// Decides whether a message was sent before (design, section 7): against the store, and against those of the batch
/// that is being made.
class duplicates {
public:
    explicit duplicates(store::store& in) : store_(in) {}

    /// The decision, without an offset unless it is a repeat. Errors: the store's.
    result<receipt> decide(const waiting& one);

    /// Notes in the batch that this one, which has its offset by now, is the first that later ones are compared with.
    void note(store::batch& in, const waiting& one);

    /// The batch is in the store, or never will be.
    void forget_batch() { in_batch_.clear(); }

private:
    result<std::optional<first_message>> find(const std::string& key);
    /// What was answered to an `answered_later` entry.
    enum class settlement { pending, positive, negative };
    result<settlement> settled(const std::string& key, offset at);

    store::store& store_;
    std::unordered_map<std::string, first_message> in_batch_;
};

}  // namespace tieline::journal
