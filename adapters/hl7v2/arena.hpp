#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// Memory for what lives as long as one conversion: taking is a pointer's step, giving back is `reset`. Never calls destructors.
class arena {
public:
    /// Forgets everything; keeps the first block, so that the next message allocates nothing.
    void reset()
    {
        if (blocks_.size() > 1)
            blocks_.resize(1);
        at_ = blocks_.empty() ? nullptr : blocks_.front().get();
        end_ = at_ ? at_ + first_block : nullptr;
    }

    char* take(std::size_t size, std::size_t alignment = 1)
    {
        const auto gap = -reinterpret_cast<std::uintptr_t>(at_) & (alignment - 1);
        if (static_cast<std::size_t>(end_ - at_) < size + gap) {
            grow(size);
            return take(size, alignment);
        }
        char* const taken = at_ + gap;
        at_ = taken + size;
        return taken;
    }

    template <typename T>
    T* make()
    {
        static_assert(std::is_trivially_destructible_v<T>);
        return new (take(sizeof(T), alignof(T))) T{};
    }

    std::string_view copy(std::string_view text)
    {
        if (text.empty())
            return {};
        char* const to = take(text.size());
        std::memcpy(to, text.data(), text.size());
        return {to, text.size()};
    }

private:
    static constexpr std::size_t first_block = 256U << 10;

    void grow(std::size_t size)
    {
        const auto room = std::max(first_block, size + alignof(std::max_align_t));
        blocks_.push_back(std::make_unique_for_overwrite<char[]>(blocks_.empty() ? first_block : room));
        at_ = blocks_.back().get();
        end_ = at_ + (blocks_.size() == 1 ? first_block : room);
    }

    std::vector<std::unique_ptr<char[]>> blocks_{};
    char* at_ = nullptr;
    char* end_ = nullptr;
};

}  // namespace tieline::adapters::hl7v2
