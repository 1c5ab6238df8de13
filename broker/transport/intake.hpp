#pragma once

#include "broker/base/error.hpp"
#include "broker/model/message.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::transport {

/// What a transport says back to its sender.
struct reply {
    enum class kind {
        stored,       ///< durable; a repeat gets the first answer again
        rejected,     ///< kept as Refused, answered negatively
        invalid,      ///< `ack: processed`: the content is wrong
        unavailable,  ///< can't be stored now
        forbidden,    ///< this sender may not send here
    };
    kind what = kind::unavailable;
    std::string bytes{};    ///< in the sender's format; empty: nothing is said
    int http_status = 0;    ///< for HTTP
    std::string id{};       ///< the Tieline id, when stored
    bool close = false;     ///< the connection is closed after the reply
    model::issues found{};  ///< what was wrong with the message, in our own words
    std::vector<std::string> later{};  ///< ids of messages whose application acknowledgment is still to come: see `intake::follow`
};

/// A connection that can carry more than the answer. On its transport's own thread.
class way_back {
public:
    virtual ~way_back() = default;

    /// Says that to the peer, after what is being said.
    virtual void say(std::string bytes) = 0;

    /// Where `say` is to be called.
    virtual boost::asio::any_io_executor thread() const = 0;
};

/// What a transport needs of the broker: the port that the pipeline implements over the journal. All calls are made on the
/// transport's own thread, and nothing here blocks it.
class intake {
public:
    virtual ~intake() = default;

    /// Takes one message, makes it durable and says what to answer. Resumes on the caller's executor. Waits while intake is
    /// paced; ends early when cancelled.
    virtual boost::asio::awaitable<reply> accept(model::received message) = 0;

    /// What the sender of a message that is too large, cut or otherwise never became one is told (AR in v2's case); `head` is
    /// what came of it, at most 4 KiB. Kept in the counts, not in the journal.
    virtual reply refuse(std::string_view listener, std::string_view head, model::issue why) = 0;

    /// False while nothing can be stored: transports accept no connection and read nothing then.
    virtual bool ready() const = 0;

    /// For a 202's `Content-Location`: the state of the message and at each destination as a FHIR R4 Parameters resource,
    /// no content; none unless `sender` sent it through `listener`.
    virtual std::optional<std::string> status(std::string_view listener, std::string_view sender, std::string_view id) = 0;

    /// Has the application acknowledgment of a message (`reply::later`) said over this connection once the message has been processed.
    /// When the connection is gone by then it is dropped: it comes again when the message is sent again.
    virtual void follow(std::string_view listener, std::string_view id, std::weak_ptr<way_back> over);
};

}  // namespace tieline::transport
