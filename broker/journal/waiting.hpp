#pragma once

#include "broker/base/digest.hpp"
#include "broker/journal/journal.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace tieline::journal {

/// A session that waits for the sync which covers its message.
class waiter {
public:
    virtual ~waiter() = default;
    /// Continues the session; on its own executor only.
    virtual void resume(result<receipt> with) = 0;
    boost::asio::any_io_executor executor{};
};

template <typename Handler>
class waiter_of final : public waiter {
public:
    explicit waiter_of(Handler handler) : handler_(std::move(handler)) {}
    void resume(result<receipt> with) override { std::move(handler_)(with); }

private:
    Handler handler_;
};

/// A submission on its way to the writer. What can be made of it before its turn (hashes, keys) is made on the caller's
/// thread, while the writer waits for the disk.
struct waiting {
    explicit waiting(submission given);

    std::shared_ptr<model::entry> entry{};  ///< without its offset until the writer gives it one
    std::string control_id{};
    std::string type{};
    model::issues found{};
    sha256_digest content{};
    std::string answer_key{};  ///< empty: no repeat is ever answered from it
    std::string control_id_key{};
    std::string type_key{};
    bool answer_duplicates = true;
    bool answered_later = false;
    std::chrono::milliseconds duplicate_window{};

    std::size_t bytes = 0;
    result<receipt> decided = receipt{};
    std::unique_ptr<waiter> session{};
};

}  // namespace tieline::journal
