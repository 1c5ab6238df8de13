#include "broker/base/digest.hpp"
#include "broker/store/changes.hpp"

namespace tieline::store {

void batch::content::add(change::kind what, family in, std::string_view first, std::string_view second,
                         std::string_view tail)
{
    const std::uint32_t sizes[2] = {static_cast<std::uint32_t>(first.size()),
                                    static_cast<std::uint32_t>(second.size() + tail.size())};
    const char head[2] = {static_cast<char>(what), static_cast<char>(in)};
    changes.append(head, sizeof head);
    changes.append(reinterpret_cast<const char*>(sizes), sizeof sizes);
    changes.append(first);
    changes.append(second);
    changes.append(tail);
}

batch::batch() : content_(std::make_unique<content>()) {}
batch::~batch() = default;

// A batch that was moved from is empty and can be used again.
batch::batch(batch&& from) noexcept : content_(std::make_unique<content>()) { content_.swap(from.content_); }

batch& batch::operator=(batch&& from) noexcept
{
    content_->changes = std::move(from.content_->changes);
    from.content_->changes.clear();
    return *this;
}

void batch::put(family in, std::string_view key, std::string_view value)
{
    const std::uint32_t crc = crc32c(value);
    content_->add(change::kind::put, in, key, value, {reinterpret_cast<const char*>(&crc), sizeof crc});
}

void batch::erase(family in, std::string_view key) { content_->add(change::kind::erase, in, key, {}); }

void batch::erase_range(family in, std::string_view from, std::string_view until)
{
    content_->add(change::kind::erase_range, in, from, until);
}

void batch::append(const batch& other) { content_->changes += other.content_->changes; }

bool batch::empty() const { return content_->changes.empty(); }

std::size_t batch::bytes() const { return content_->changes.size(); }

}  // namespace tieline::store
