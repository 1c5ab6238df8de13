#include "broker/deliver/ledger.hpp"

#include "broker/base/sabotage.hpp"
#include "broker/observe/log.hpp"

#include <utility>

namespace tieline::deliver {
namespace {

using namespace std::chrono_literals;

constexpr auto gather_for = 5ms;
constexpr std::size_t most_additions = 256;

}  // namespace

store::batch& ledger::add()
{
    if (additions_ == most_additions)
        flush();
    if (additions_++ == 0) {
        timer_.expires_after(gather_for);
        timer_.async_wait([this](error_code cancelled) {
            if (!cancelled)
                flush();
        });
    }
    return gathered_;
}

error_code ledger::flush()
{
    timer_.cancel();
    if (additions_ == 0)
        return failed_ ? store::make_error_code(store::errc::failed) : error_code();
    additions_ = 0;
    const auto error = store_.commit(std::exchange(gathered_, store::batch()), store::durability::buffered);
    die_at("marked");
    if (error && !failed_) {
        failed_ = true;
        observe::log.error("deliver.store_failed", {{"reason", error.message()}});
    }
    return error;
}

}  // namespace tieline::deliver
