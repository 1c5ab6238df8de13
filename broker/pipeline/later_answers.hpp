#pragma once

#include "broker/base/ids.hpp"
#include "broker/observe/board.hpp"
#include "broker/transport/intake.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace tieline::pipeline {

/// Application acknowledgments on their way back to the connections that their messages came over, by journal offset. They are not
/// kept: when the connection is gone they are dropped and counted, and made again when the message is sent again.
class later_answers {
public:
    /// The message has been processed and this is to be said, nothing where it is empty; before or after somebody waits for it. Any thread.
    void complete(offset at, std::string bytes);

    /// Says it over the connection as soon as it is there. `row`, which outlives this, counts it.
    void wait(offset at, const std::shared_ptr<transport::way_back>& over, observe::listener_row& row);

    /// Whether it is there, among the latest 4,096.
    bool known(offset at) const;

private:
    struct waiter {
        boost::asio::any_io_executor on{};
        std::weak_ptr<transport::way_back> over{};
        observe::listener_row* row = nullptr;
    };
    static void say(waiter to, std::string bytes);

    static constexpr std::size_t most_done = 4'096;
    static constexpr std::size_t most_waiting = 65'536;  // while the bus is away; the oldest are dropped then

    mutable std::mutex mutex_;
    std::map<offset, std::string> done_;
    std::multimap<offset, waiter> waiting_;
};

}  // namespace tieline::pipeline
