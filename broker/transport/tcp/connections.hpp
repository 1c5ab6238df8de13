#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <unordered_set>

namespace tieline::transport::tcp {

/// One open connection, as its listener sees it: when it must have got on, and how it is ended from outside.
class connection {
public:
    using clock = std::chrono::steady_clock;
    using tcp = boost::asio::ip::tcp;

    explicit connection(tcp::socket opened) : socket(std::move(opened)) {}

    /// The session's next step must be done within the span, else the socket is closed under it.
    void must_end_within(clock::duration span) { must_end_by(clock::now() + span); }
    void must_end_by(clock::time_point when) { deadline_ = when; }
    void may_take_for_ever() { deadline_ = clock::time_point::max(); }
    bool expired() const { return expired_; }

    void expire_by(clock::time_point when);
    /// Ends a read that waits for the next bytes; a message that is being answered goes on.
    void stop_reading();
    void end();

    tcp::socket socket;
    bool reading = false;  ///< set by the session while it waits for bytes
    boost::asio::cancellation_signal cancel{};

private:
    clock::time_point deadline_ = clock::time_point::max();
    bool expired_ = false;
};

/// The open connections of a listener. A sweep now and then serves every deadline, so that a read needs no timer of its own.
class connections {
public:
    void add(std::shared_ptr<connection> one) { open_.insert(std::move(one)); }
    void remove(const std::shared_ptr<connection>& one) { open_.erase(one); }
    std::size_t size() const { return open_.size(); }

    void sweep(connection::clock::time_point now);
    void stop_reading();
    void end();

private:
    std::unordered_set<std::shared_ptr<connection>> open_;  // shared with the session's coroutine and its end, whichever is last
};

}  // namespace tieline::transport::tcp
