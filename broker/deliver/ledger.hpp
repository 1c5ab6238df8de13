#pragma once

#include "broker/base/async.hpp"
#include "broker/store/store.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>

namespace tieline::deliver {

/// Gathers what deliveries came to and writes it as one buffered batch: after a few milliseconds, or when 256 have gathered.
/// What a crash loses of it is delivered once more. For one thread: the delivery thread.
class ledger {
public:
    ledger(store::store& to, asio::io_context& context) : store_(to), timer_(context) {}

    /// The batch to add to; it is written soon.
    store::batch& add();

    /// Writes what has gathered. Errors: store::errc::failed, for good.
    error_code flush();

    /// Set for good after a failed write: nothing can be remembered, so nothing may be delivered.
    bool failed() const { return failed_; }

private:
    store::store& store_;
    asio::steady_timer timer_;
    store::batch gathered_;
    std::size_t additions_ = 0;
    bool failed_ = false;
};

}  // namespace tieline::deliver
