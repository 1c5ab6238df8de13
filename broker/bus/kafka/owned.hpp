#pragma once

#include "broker/rdkafka/owned.hpp"

#include <librdkafka/rdkafka.h>

namespace tieline::bus::kafka {

using rdkafka::owned;
using queue = owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using topic = owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using new_topic = owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using config_resource = owned<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;
using admin_options = owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using event = owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using failure = owned<rd_kafka_error_t, rd_kafka_error_destroy>;
using message = owned<rd_kafka_message_t, rd_kafka_message_destroy>;

}  // namespace tieline::bus::kafka
