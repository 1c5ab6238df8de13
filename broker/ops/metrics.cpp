#include "broker/ops/metrics.hpp"

#include "broker/deliver/dispatcher.hpp"
#include "broker/ops/json.hpp"
#include "broker/ops/machine.hpp"
#include "broker/ops/queries.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>

namespace tieline::ops {
namespace {

using labels = std::vector<prometheus::ClientMetric::Label>;
using prometheus::MetricType;

/// Families in the making, each name with its HELP once.
class exposition {
public:
    exposition& family(const char* name, MetricType type, const char* help)
    {
        families_.push_back({.name = std::string("tieline_") + name, .help = help, .type = type, .metric = {}});
        return *this;
    }
    exposition& value(double number, labels with = {})
    {
        prometheus::ClientMetric one;
        one.label = std::move(with);
        one.counter.value = number;
        one.gauge.value = number;
        families_.back().metric.push_back(std::move(one));
        return *this;
    }
    std::string text() const
    {
        std::ostringstream out;
        prometheus::TextSerializer().Serialize(out, families_);
        return out.str();
    }

private:
    std::vector<prometheus::MetricFamily> families_;
};

/// One number of every row of a table.
template <typename Row>
struct column {
    const char* name;
    MetricType type;
    const char* help;
    double (*read)(const Row& row, const observe::board& board, instant now);
};

template <typename Row, std::size_t Count>
void write_table(exposition& to, const column<Row> (&columns)[Count], const observe::board::rows<Row>& rows, const char* label,
                 const observe::board& board, instant at)
{
    for (const auto& one : columns) {
        to.family(one.name, one.type, one.help);
        for (const auto& [name, row] : rows)
            to.value(one.read(*row, board, at), {{label, as_utf8(name)}});
    }
}

// Seconds since a moment of the board; 0 when there is none.
double age(const observe::number& moment, instant at)
{
    return moment.get() == 0 ? 0 : std::max(0.0, seconds_between(moment_of(moment.get()), at));
}

#define TIELINE_NUMBER(row, field) \
    [](const observe::row& one, const observe::board&, instant) { return static_cast<double>(one.field.get()); }

constexpr column<observe::listener_row> listener_columns[] = {
    {"listener_connections", MetricType::Gauge, "Connections that are open.", TIELINE_NUMBER(listener_row, connections)},
    {"listener_received_total", MetricType::Counter, "Messages that came, whatever became of them.", TIELINE_NUMBER(listener_row, received)},
    {"listener_stored_total", MetricType::Counter, "Messages made durable and answered positively.", TIELINE_NUMBER(listener_row, stored)},
    {"listener_refused_total", MetricType::Counter, "Messages answered negatively.", TIELINE_NUMBER(listener_row, refused)},
    {"listener_repeats_total", MetricType::Counter, "Messages that came again and got their first answer.", TIELINE_NUMBER(listener_row, repeats)},
    {"listener_filtered_total", MetricType::Counter, "Messages that no route took.", TIELINE_NUMBER(listener_row, filtered)},
    {"listener_held_total", MetricType::Counter, "Messages Held before the bus, as they could not be normalised.", TIELINE_NUMBER(listener_row, held)},
    {"listener_application_acks_total", MetricType::Counter, "Application acknowledgments said over senders' connections.",
     TIELINE_NUMBER(listener_row, application_acks)},
    {"listener_application_acks_lost_total", MetricType::Counter, "Application acknowledgments whose sender's connection was gone.",
     TIELINE_NUMBER(listener_row, application_acks_lost)},
    {"listener_skipped_bytes_total", MetricType::Counter, "Bytes outside of any frame.", TIELINE_NUMBER(listener_row, skipped_bytes)},
    {"listener_seconds_since_last_message", MetricType::Gauge, "Since the last message; since Tieline started where none has come.",
     [](const observe::listener_row& one, const observe::board& board, instant at) {
         return one.last_message.get() == 0 ? seconds_between(board.started, at) : age(one.last_message, at);
     }},
    {"listener_listening", MetricType::Gauge, "1 while it takes messages.",
     [](const observe::listener_row& one, const observe::board&, instant) { return one.state.get() == "listening" ? 1.0 : 0.0; }},
};

constexpr column<observe::route_row> route_columns[] = {
    {"route_matched_total", MetricType::Counter, "Messages that the route took.", TIELINE_NUMBER(route_row, matched)},
};

constexpr column<observe::topic_row> topic_columns[] = {
    {"topic_records_total", MetricType::Counter, "Records published.", TIELINE_NUMBER(topic_row, records)},
    {"topic_partitions", MetricType::Gauge, "Partitions of the topic.", TIELINE_NUMBER(topic_row, partitions)},
};

constexpr column<observe::destination_row> destination_columns[] = {
    {"destination_backlog", MetricType::Gauge, "Messages that wait.", TIELINE_NUMBER(destination_row, backlog)},
    {"destination_oldest_waiting_seconds", MetricType::Gauge, "How long the oldest waiting message has waited; 0 when none waits.",
     [](const observe::destination_row& one, const observe::board&, instant at) { return age(one.oldest_waiting, at); }},
    {"destination_held", MetricType::Gauge, "Messages that are Held and need a person.", TIELINE_NUMBER(destination_row, held)},
    {"destination_delivered_total", MetricType::Counter, "Messages delivered.", TIELINE_NUMBER(destination_row, delivered)},
    {"destination_tries_total", MetricType::Counter, "Tries, whatever came of them.", TIELINE_NUMBER(destination_row, tries)},
    {"destination_skipped_total", MetricType::Counter, "Messages that a person skipped.", TIELINE_NUMBER(destination_row, skipped)},
    {"destination_paused", MetricType::Gauge, "1 while it is paused, by a person or by itself.",
     [](const observe::destination_row& one, const observe::board&, instant) { return one.paused.get() != 0 ? 1.0 : 0.0; }},
    {"destination_retrying", MetricType::Gauge, "1 while it can't be reached or takes nothing.",
     [](const observe::destination_row& one, const observe::board&, instant) { return one.state.get() == "retrying" ? 1.0 : 0.0; }},
    {"destination_seconds_since_last_delivery", MetricType::Gauge, "Since the last delivery; since Tieline started where none was.",
     [](const observe::destination_row& one, const observe::board& board, instant at) {
         return one.last_delivered.get() == 0 ? seconds_between(board.started, at) : age(one.last_delivered, at);
     }},
};
#undef TIELINE_NUMBER

void write_bus(exposition& to, const observe::bus_row& row, instant at)
{
    const labels kind{{"kind", row.kind.get()}};
    to.family("bus_up", MetricType::Gauge, "1 while the bus takes records.").value(static_cast<double>(row.up.get()), kind);
    to.family("publish_lag_seconds", MetricType::Gauge, "How long the oldest message that is not published has waited.")
        .value(age(row.oldest_unpublished, at));
    to.family("publish_lag_entries", MetricType::Gauge, "Messages that are stored and not published.")
        .value(static_cast<double>(std::max<std::int64_t>(0, row.appended.get() - row.published.get())));
    to.family("journal_appended_offset", MetricType::Gauge, "The newest offset of the journal.").value(static_cast<double>(row.appended.get()));
}

void write_process(exposition& to, observe::board& board, const settings::configuration& given)
{
    to.family("build_info", MetricType::Gauge, "1, with what runs here.").value(1, {{"version", TIELINE_VERSION}, {"node", as_utf8(given.node)}});
    to.family("ready", MetricType::Gauge, "1 while messages can be stored and answered.").value(board.not_ready().get().empty() ? 1 : 0);
    to.family("reloads_total", MetricType::Counter, "Configurations that SIGHUP put in force, or that were refused.")
        .value(static_cast<double>(board.reloads().taken.get()), {{"result", "taken"}})
        .value(static_cast<double>(board.reloads().refused.get()), {{"result", "refused"}});
    to.family("reload_refused", MetricType::Gauge, "1 while the configuration file is not what is in force: the last reload was refused.")
        .value(board.reloads().fault.get().empty() ? 0 : 1);
    to.family("start_time_seconds", MetricType::Gauge, "When Tieline started, since 1970.")
        .value(std::chrono::duration<double>(board.started.time_since_epoch()).count());
    to.family("process_resident_bytes", MetricType::Gauge, "Resident memory.").value(static_cast<double>(resident_bytes()));
    to.family("process_open_fds", MetricType::Gauge, "Open file descriptors.").value(static_cast<double>(open_descriptors()));
    if (const auto free = free_bytes(given.data))
        to.family("disk_free_bytes", MetricType::Gauge, "Free on the disk of the data folder.").value(static_cast<double>(*free));
    to.family("disk_reserve_bytes", MetricType::Gauge, "Free bytes below which nothing is stored.")
        .value(static_cast<double>(given.retention.disk_reserve));
}

void write_certificates(exposition& to, observe::board& board, instant at)
{
    to.family("certificate_days_left", MetricType::Gauge, "Days until the certificate ends; below 0 once it has.");
    for (const auto& [path, ends] : board.certificates())
        to.value(seconds_between(at, moment_of(ends->get())) / 86'400, {{"certificate", as_utf8(path)}});
}

}  // namespace

std::string metrics(observe::board& board, store::store& from, const settings::configuration& given)
{
    const auto at = now();
    exposition to;
    write_process(to, board, given);
    write_table(to, listener_columns, board.listeners(), "listener", board, at);
    write_table(to, route_columns, board.routes(), "route", board, at);
    write_table(to, topic_columns, board.topics(), "topic", board, at);
    write_table(to, destination_columns, board.destinations(), "destination", board, at);
    write_bus(to, board.bus(), at);
    to.family("store_damaged", MetricType::Gauge, "Stored values or blocks that were met since the start and do not match their checksum.")
        .value(static_cast<double>(from.damaged()));
    to.family("held_before_bus", MetricType::Gauge, "Messages Held before the bus that need a person.")
        .value(static_cast<double>(count_rows(from, deliver::before_the_bus, model::delivery_state::held)));
    write_certificates(to, board, at);
    return to.text();
}

}  // namespace tieline::ops
