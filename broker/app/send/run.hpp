#pragma once

#include "broker/app/send/courier.hpp"
#include "broker/app/send/messages.hpp"

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <vector>

namespace tieline::app::send {

/// How the messages are sent.
struct plan {
    errand where{};
    std::vector<message> messages{};
    unsigned connections = 1;
    double rate = 0;              ///< messages a second, all connections together; 0: as fast as answers come
    std::uint64_t repeat = 1;     ///< how often all messages are sent
    bool new_ids = false;         ///< a control id of its own for each
    std::chrono::milliseconds timeout{30'000};
    bool json = false;            ///< a line of JSON for each answer, else a table for people
    bool progress = false;        ///< a bar on standard error
};

/// What came of it.
struct tally {
    std::uint64_t positive = 0, refused = 0, failed = 0;
    std::vector<std::uint32_t> microseconds{};  ///< of each answer
    std::chrono::microseconds took{};
};

/// Sends them all and writes a line for each answer to `out` as it comes; the summary and the bar go to standard error. Each connection
/// has one message under way. After a connection that can't be made nothing more is sent.
/// Errors: of the TLS files; the rest is counted.
result<tally> run(const plan& from, std::ostream& out);

/// `1,000 sent in 2.1 s (476/s): 998 positive, 2 refused; answered in 3.1 ms (p50), 9.0 ms (p99)`.
std::string summary(const tally& of);

}  // namespace tieline::app::send
