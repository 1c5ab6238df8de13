#pragma once

#include "broker/base/time.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::observe {

/// A number that any thread may change and any may read.
class number {
public:
    void add(std::int64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
    void set(std::int64_t to) { value_.store(to, std::memory_order_relaxed); }
    std::int64_t get() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

/// A short text that any thread may change and any may read: a state, an error in our own words.
class words {
public:
    void set(std::string_view to)
    {
        std::lock_guard lock(mutex_);
        value_ = to;
    }
    std::string get() const
    {
        std::lock_guard lock(mutex_);
        return value_;
    }

private:
    mutable std::mutex mutex_;
    std::string value_;
};

/// Times are microseconds since 1970, 0 for never.
struct listener_row {
    words kind;            ///< `mllp`, `http`, `folder`
    words address;         ///< `127.0.0.1:2575`, or the folder
    words state;           ///< `listening`, `not listening`, `closed: disk full`
    words last_error;
    number connections, received, stored, refused, repeats, filtered, held, skipped_bytes, last_message;
    number application_acks, application_acks_lost;  ///< said over senders' connections, and those whose connection was gone
};

struct route_row {
    words topic, purpose;
    words sources;         ///< listener names that it names, comma separated; empty: all
    words destinations;    ///< comma separated
    number matched;
};

struct topic_row {
    number records, partitions;
};

struct destination_row {
    words kind;
    words address;         ///< host and port, URL without user, folder
    words state;           ///< `up`, `retrying`, `paused by <reason>`, `paused itself`, `idle`
    words last_error;
    number backlog, held, delivered, tries, skipped, paused;
    number oldest_waiting; ///< when the oldest waiting message began to wait
    number next_try;
    number last_delivered;
};

struct bus_row {
    words kind, state, last_error;  ///< state: `up`, `down`
    number up;
    number appended, published;     ///< journal offsets
    number oldest_unpublished;      ///< when the oldest entry that is not published came
};

/// What became of the configuration since the start.
struct reload_row {
    number taken, refused;
    words fault;  ///< `tieline.yaml:7: …` why the last reload was refused; empty when it was not
};

/// What each part of the running broker says of itself: written by the parts, read by status, metrics and the ops page.
/// Rows live as long as the board; a row is made, and shown, at its first use.
class board {
public:
    listener_row& listener(std::string_view name) { return row(listeners_, name); }
    route_row& route(std::string_view name) { return row(routes_, name); }
    topic_row& topic(std::string_view name) { return row(topics_, name); }
    destination_row& destination(std::string_view name) { return row(destinations_, name); }
    bus_row& bus() { return bus_; }
    reload_row& reloads() { return reloads_; }
    number& certificate_expiry(std::string_view path) { return row(certificates_, path); }  ///< when it ends
    words& not_ready() { return not_ready_; }  ///< why it can't store and answer; empty: it can
    instant started = now();

    /// The rows with their names, in the order of the names.
    template <typename Row>
    using rows = std::vector<std::pair<std::string, Row*>>;
    rows<listener_row> listeners() { return all(listeners_); }
    rows<route_row> routes() { return all(routes_); }
    rows<topic_row> topics() { return all(topics_); }
    rows<destination_row> destinations() { return all(destinations_); }
    rows<number> certificates() { return all(certificates_); }
    /// Takes a row off the board that a reload removed, or puts it there again; who holds it may go on writing to it.
    void show_listener(std::string_view name, bool shown = true) { show(listeners_, name, shown); }
    void show_route(std::string_view name, bool shown = true) { show(routes_, name, shown); }
    void show_destination(std::string_view name, bool shown = true) { show(destinations_, name, shown); }

private:
    template <typename Row>
    struct place {
        std::unique_ptr<Row> row = std::make_unique<Row>();
        bool shown = true;
    };
    template <typename Row>
    using table = std::map<std::string, place<Row>, std::less<>>;

    template <typename Row>
    Row& row(table<Row>& in, std::string_view name)
    {
        std::lock_guard lock(mutex_);
        auto found = in.find(name);
        if (found == in.end())
            found = in.try_emplace(std::string(name)).first;
        return *found->second.row;
    }
    template <typename Row>
    rows<Row> all(table<Row>& in)
    {
        std::lock_guard lock(mutex_);
        rows<Row> list;
        for (auto& [name, one] : in) {
            if (one.shown)
                list.emplace_back(name, one.row.get());
        }
        return list;
    }
    template <typename Row>
    void show(table<Row>& in, std::string_view name, bool shown)
    {
        std::lock_guard lock(mutex_);
        if (const auto found = in.find(name); found != in.end())
            found->second.shown = shown;
    }

    mutable std::mutex mutex_;
    table<listener_row> listeners_;
    table<route_row> routes_;
    table<topic_row> topics_;
    table<destination_row> destinations_;
    table<number> certificates_;
    bus_row bus_;
    reload_row reloads_;
    words not_ready_;
};

}  // namespace tieline::observe
