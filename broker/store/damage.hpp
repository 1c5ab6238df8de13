#pragma once

#include "broker/store/store.hpp"

#include <mutex>
#include <set>

namespace tieline::store {

/// The name of a family, as people are told it.
std::string_view name_of(family in);

/// The offset in a key of that family; none where its keys have none, or it can't be told.
std::optional<offset> offset_in_key(family in, std::string_view key);

/// A key for people: `tieline.adt/2/17` where it is text and a number, else hexadecimal.
std::string key_text(std::string_view key);

/// Tells of each damage once, counts, and forgets none of the first 4,096; any thread.
class damage_book {
public:
    explicit damage_book(std::function<void(const damage&)> tell) : tell_(std::move(tell)) {}
    void note(const damage& what);
    std::size_t count() const;

private:
    std::function<void(const damage&)> tell_;
    mutable std::mutex mutex_;
    std::set<std::string> known_;
    std::size_t count_ = 0;
};

}  // namespace tieline::store
