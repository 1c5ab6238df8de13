#pragma once

#include "broker/deliver/dispatcher.hpp"
#include "broker/model/issue.hpp"
#include "broker/observe/board.hpp"
#include "broker/settings/settings.hpp"
#include "broker/store/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace tieline::ops {

/// What ops shows and acts on; all of it outlives ops.
struct parts {
    store::store& store;
    observe::board& board;
    deliver::dispatcher& dispatcher;
    std::function<std::shared_ptr<const settings::configuration>()> configuration{};  ///< the one in force; any thread
};

/// The HTTP ops port and the admin socket, each running on a thread of its own.
class ops {
public:
    virtual ~ops() = default;

    /// The HTTP port: the one that the system picked where 0 was configured.
    virtual std::uint16_t port() const = 0;

    /// Closes both, lets an order that is being carried out end (ten seconds at most), and ends the threads.
    virtual void stop() = 0;
};

/// Opens the ops port and the socket in the data folder. Faults (a port in use, an address that is none, a path that is too long
/// for a socket) go into `found`; null then.
std::unique_ptr<ops> start(parts from, model::issues& found);

}  // namespace tieline::ops
