#pragma once

#include "broker/model/issue.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct rd_kafka_s;
struct rd_kafka_conf_s;

namespace tieline::rdkafka {

/// librdkafka's properties by name, in the order in which they are set.
using properties = std::vector<std::pair<std::string, std::string>>;

struct free_conf {
    void operator()(rd_kafka_conf_s* what) const;
};
using conf = std::unique_ptr<rd_kafka_conf_s, free_conf>;

/// A configuration whose log comes to ours, debug where `quiet`. What librdkafka does not take becomes an issue at
/// `<at>.<name>` with its own words.
conf make_conf(const properties& given, std::string_view at, model::issues& found, bool quiet = false);

enum class kind { producer, consumer };

/// A client of this configuration; null with librdkafka's words in `why` when it can't be made.
rd_kafka_s* open(kind what, conf given, std::string& why);

/// Ends a client and gives up what is on its way. On a thread, since librdkafka can hang: after `limit` it is left behind.
void close(rd_kafka_s* client, std::chrono::milliseconds limit);

}  // namespace tieline::rdkafka
