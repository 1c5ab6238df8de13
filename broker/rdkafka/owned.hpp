#pragma once

#include <memory>

namespace tieline::rdkafka {

template <auto Free>
struct freed_by {
    template <typename T>
    void operator()(T* what) const
    {
        Free(what);
    }
};

/// What librdkafka made and we free.
template <typename T, auto Free>
using owned = std::unique_ptr<T, freed_by<Free>>;

}  // namespace tieline::rdkafka
