#pragma once

#include "broker/deliver/dispatcher.hpp"
#include "broker/model/decision.hpp"
#include "broker/ops/ops.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temporary_folder.hpp"

#include <rapidjson/document.h>

#include <atomic>
#include <memory>
#include <string>

namespace tieline::tests {

/// A data folder with a store, a board and a dispatcher, and ops on them. The destination `lab` holds every message (AE 204) until
/// `accepts` is set; `archive` takes all.
class desk {
public:
    explicit desk(const std::string& more = "ops: {port: 0}\n");
    ~desk();

    ops::parts parts();
    /// Starts ops; what was wrong is in `found`.
    void open();
    void close() { ops_.reset(); }

    /// Journals a message, writes its outcome (published to `adt`, for the destination) and queues it there.
    offset message(const std::string& control_id, const std::string& destination = {}, const std::string& bytes = "MSH|^~\\&|SECRET");
    /// The same without an outcome.
    offset stored(const std::string& control_id, bool refused = false, const std::string& bytes = "MSH|^~\\&|SECRET");
    /// Waits until so many are held at the destination, in the store too, which learns of it a few milliseconds later.
    bool holds(std::size_t count, const std::string& destination = "lab");
    void outcome(offset at, const model::outcome& what);

    /// One HTTP exchange over a connection of its own; the whole answer.
    std::string http(const std::string& request);
    std::string get(const std::string& target) { return http("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); }
    /// One line over the admin socket.
    rapidjson::Document admin(const std::string& line);

    temporary_folder folder{};
    std::string data;
    std::shared_ptr<settings::configuration> given{};
    std::unique_ptr<store::store> store{};
    observe::board board{};
    std::shared_ptr<std::atomic<bool>> accepts = std::make_shared<std::atomic<bool>>(false);
    std::unique_ptr<deliver::dispatcher> dispatcher{};
    model::issues found{};
    std::unique_ptr<ops::ops> ops_{};
};

/// Parses JSON; the test fails when it is none.
rapidjson::Document json_of(const std::string& text);

}  // namespace tieline::tests
