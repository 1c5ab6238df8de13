#pragma once

#include "broker/rdkafka/client.hpp"
#include "broker/settings/settings.hpp"

#include <optional>
#include <string>

namespace tieline::transport::kafka {

struct options {
    settings::listener from{};
    std::string topic{};
    std::string servers{};             ///< `host:port`, comma separated
    std::size_t max_record = 16U << 20;  ///< bytes
    rdkafka::properties properties{};  ///< of the consumer, all of them
};

/// Reads the keys below `kafka:`. Errors (issues): each key's, with librdkafka's words about a property; none then.
std::optional<options> read_options(settings::listener from, model::issues& found);

}  // namespace tieline::transport::kafka
