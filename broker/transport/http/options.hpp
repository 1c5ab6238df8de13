#pragma once

#include "broker/base/digest.hpp"
#include "broker/transport/tcp/server.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace tieline::transport::http {

/// What an HTTP listener is told, read and checked.
struct options : tcp::options {
    std::string base = "/fhir";            ///< without a final slash; may be empty
    std::size_t max_body = 16U << 20;      ///< bytes
    std::chrono::milliseconds header_time{10'000};
    std::chrono::milliseconds body_time{60'000};
    std::chrono::milliseconds idle_close{60'000};
    std::optional<sha256_digest> token{};  ///< of the bearer token that senders must show
    std::string token_name{};              ///< what its holder is called
};

/// Reads the keys below `http:` and finishes the section. None, with issues in `found`, when something is wrong.
std::optional<options> read_options(settings::listener from, model::issues& found);

}  // namespace tieline::transport::http
