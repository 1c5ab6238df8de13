#pragma once

#include "broker/base/kinds.hpp"
#include "broker/model/decision.hpp"
#include "broker/model/issue.hpp"
#include "broker/settings/settings.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tieline::deliver {

/// One message for one receiver.
struct parcel {
    offset at{};
    std::string id{};            ///< the Tieline id, stable over retries
    model::content form = model::content::fhir;
    std::string bytes{};         ///< the Bundle, or the message as received; empty where the kind needs no content
    std::uint32_t tries = 0;     ///< before this one
    std::uint32_t answered = 0;  ///< of them, since Tieline started, those that the receiver answered
    bool repeated = false;       ///< the receiver may have it from an earlier try: a duplicate is delivered then
};

/// What came of one try (design, section 5).
struct attempt {
    enum class verdict {
        delivered,
        retry,    ///< the message may go later; counts as a try
        hold,     ///< the receiver says that this message is wrong
        fault,    ///< the destination is at fault, not the message: retried, never held for it
    };
    verdict what = verdict::retry;
    std::string answer{};  ///< the code: `AA`, `AE 204`, `201`; empty: none came
    std::string reason{};  ///< our own words; never the receiver's text
    std::optional<std::chrono::milliseconds> retry_after{};
    bool destination_down = false;  ///< with `retry`: it can't be reached or takes nothing now, whatever the message
};

/// A way to hand over messages, on the delivery thread; nothing in it blocks. Several `send`s run at once when the
/// configuration allows several connections; each has a connection of its own.
class destination {
public:
    virtual ~destination() = default;

    /// Tries once; ends within the configured timeout, or early when cancelled.
    virtual boost::asio::awaitable<attempt> send(parcel one) = 0;

    /// Where it sends, for people: `lab:2600`, a URL without user and query, a folder.
    virtual std::string address() const = 0;

    /// Whether `parcel::bytes` are to be read from the journal.
    virtual bool needs_content() const { return true; }

    /// Closes idle connections.
    virtual void close() {}
};

/// Makes a destination without opening anything, so that `check` can make it. Faults of `from.options` go into `found`; null
/// then. Calls `from.options.finish()`.
using factory = std::function<std::unique_ptr<destination>(settings::destination from, boost::asio::io_context& context,
                                                           model::issues& found)>;

/// The kinds of destination by the key that a configuration uses.
class registry {
public:
    /// Throws std::logic_error when the kind is there already.
    void add(std::string kind, factory make) { kinds_.add(std::move(kind), std::move(make)); }
    std::unique_ptr<destination> make(settings::destination from, boost::asio::io_context& context,
                                      model::issues& found) const;
    std::vector<std::string> kinds() const { return kinds_.names(); }

private:
    tieline::kinds<factory> kinds_;
};

/// All kinds that Tieline comes with (broker/deliver/builtin.cpp).
void add_builtin(registry& to);

}  // namespace tieline::deliver
