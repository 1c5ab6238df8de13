#pragma once

#include "broker/base/kinds.hpp"
#include "broker/observe/board.hpp"
#include "broker/settings/settings.hpp"
#include "broker/transport/intake.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace tieline::transport {

/// One way in, running on one Asio thread. Made from its configuration without opening anything, so that `check` can make it.
class listener {
public:
    virtual ~listener() = default;

    /// Gets what it listens on, so that a reload learns of every fault before it changes anything; nothing is taken before `start`.
    /// Listeners that are about to stop (`leaving`) hand over a port of theirs that this one wants, so that no sender is refused between.
    /// Errors: those of bind and listen; the reason in words stands on the board's row.
    virtual error_code open(std::span<listener* const> leaving);

    /// Begins to take messages; opens it where it is not open. Errors: those of `open`.
    virtual error_code start() = 0;

    /// Where it listens, once started: the port that the system picked for port 0.
    virtual std::uint16_t port() const { return 0; }

    /// How many connections it may have open at once.
    virtual std::size_t max_connections() const { return 0; }

    /// Reads certificates again, for new handshakes; the old ones stay when the new can't be read (then an error code).
    virtual error_code reload() { return {}; }

    /// Accepts nothing new, lets messages whose bytes have all come be answered, then closes. `done` is called when the last
    /// session has ended, at the latest after `limit`.
    virtual void stop(std::chrono::milliseconds limit, std::function<void()> done) = 0;
};

/// What every kind of listener is made from. `intake` and `board` outlive it.
struct listener_parts {
    boost::asio::io_context& context;
    transport::intake& intake;
    observe::board& board;
};

/// Makes a listener. Faults of `from.transport` go into `found`; null then. Calls `from.transport.finish()`.
using listener_factory =
    std::function<std::unique_ptr<listener>(settings::listener from, listener_parts parts, model::issues& found)>;

/// The kinds of listener by the key that a configuration uses.
class registry {
public:
    /// Throws std::logic_error when the kind is there already.
    void add(std::string kind, listener_factory make) { kinds_.add(std::move(kind), std::move(make)); }
    std::unique_ptr<listener> make(settings::listener from, listener_parts parts, model::issues& found) const;
    std::vector<std::string> kinds() const { return kinds_.names(); }

private:
    tieline::kinds<listener_factory> kinds_;
};

/// All kinds that Tieline comes with (broker/transport/builtin.cpp).
void add_builtin(registry& to);

}  // namespace tieline::transport
