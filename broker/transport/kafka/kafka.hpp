#pragma once

#include "broker/transport/listener.hpp"

namespace tieline::transport::kafka {

/// A listener that reads a topic of Kafka: each record is one message, and its place in the topic its identity. Its keys below
/// `kafka:` are `servers`, `topic`, `group`, `max_record`, `properties` (broker/transport/README.md).
/// Errors (issues): each key's, with librdkafka's words about a property.
std::unique_ptr<listener> make_listener(settings::listener from, listener_parts parts, model::issues& found);

}  // namespace tieline::transport::kafka
