#pragma once

#include "broker/ops/ops.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tieline::ops::http {

/// A request as far as its answer depends on it.
struct asked {
    std::string method{};
    std::string target{};  ///< `/api/trace?id=A1`
    std::string host{};    ///< the Host header; empty: none
};

struct answer {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body{};
};

/// What the ops port has to say; no sockets.
class pages {
public:
    /// `whole`: the page and its API too, for a port on loopback; else only health, readiness and metrics.
    pages(parts from, bool whole) : from_(std::move(from)), whole_(whole) {}

    answer get(const asked& request) const;

private:
    answer readiness() const;
    answer trace(std::string_view query) const;
    answer file(std::string_view path) const;

    parts from_;
    bool whole_;
};

/// The value of a query's parameter, its escapes undone; none when it is not there or its escapes are broken.
std::optional<std::string> parameter(std::string_view query, std::string_view name);

/// Whether a Host header names this machine's loopback, with or without a port.
bool is_local(std::string_view host);

}  // namespace tieline::ops::http
