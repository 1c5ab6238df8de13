#pragma once

#include "broker/model/decision.hpp"
#include "broker/model/issue.hpp"
#include "broker/settings/section.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tieline::settings {

using milliseconds = std::chrono::milliseconds;
using namespace std::chrono_literals;

/// Which messages a listener takes (design, section 7); empty lists take all.
struct accept {
    std::vector<std::string> processing_id{"P"};  ///< MSH-11.1; `[P]` unless the file says otherwise
    std::vector<std::string> type{};              ///< MSH-9.1
    std::vector<std::string> version{};           ///< MSH-12.1
};

/// The adapter of a listener. `overlay` paths are absolute.
struct adapter_choice {
    std::string name{};
    std::string time_zone = "Europe/London";
    bool uk = true;
    std::string charset = "windows-1252";
    std::vector<std::string> overlay{};
};

/// A way in. What its transport alone needs stays in `transport`, which the kind reads itself.
struct listener {
    std::string name{};
    std::string kind{};                        ///< `mllp`, `http`, `folder`: the key that stands in the file
    section transport{};                       ///< the mapping below that key
    std::vector<std::string> from{};           ///< CIDR ranges that may connect; empty: all
    std::vector<std::string> sending_application{};  ///< allowed MSH-3.1; empty: all
    std::vector<std::string> sending_facility{};     ///< allowed MSH-4.1; empty: all
    std::vector<std::string> certificate{};    ///< allowed client certificate names (subject CN or a DNS SAN); empty: any valid one
    adapter_choice adapter{};
    std::vector<std::string> patient_key{"MR", "NHS"};
    std::string mode = "auto";                 ///< `auto`, `original`, `enhanced`
    bool always_reply = true;
    bool ack_processed = false;                ///< `ack: processed` or `published`: answer after normalising
    bool ack_published = false;                ///< `ack: published`: answer when the bus has it
    std::string application_ack_to{};          ///< `application_ack: {to: DESTINATION}`; empty: the sender's connection
    bool answer_duplicates = true;             ///< `duplicates: answer | accept`
    milliseconds duplicate_window = 24h * 7;
    settings::accept accept{};
    bool answer_when_full = false;             ///< `when_full: close | answer`
    std::string at{};                          ///< `file:line`
};

/// Which messages a route takes: each list that is not empty must hold the message's value. A FHIRPath condition will join
/// them here.
struct predicate {
    std::vector<std::string> type{};
    std::vector<std::string> trigger{};
    std::vector<std::string> source{};  ///< listener names
    std::vector<std::string> sending_application{};
    std::vector<std::string> sending_facility{};
    std::vector<std::string> receiving_application{};
    std::vector<std::string> receiving_facility{};
};

struct route {
    std::string name{};
    predicate when{};
    std::string topic{};
    model::content publish = model::content::fhir;
    std::string purpose = "direct-care";  ///< or `secondary-use`
    std::vector<std::string> to{};
    std::string at{};
};

struct retry {
    milliseconds first = 1s;
    milliseconds most = 5min;
    std::optional<std::uint32_t> hold_after{};  ///< tries; none: for ever
    friend bool operator==(const retry&, const retry&) = default;
};

/// A way out. What its kind alone needs stays in `options`, which the kind reads itself.
struct destination {
    std::string name{};
    std::string kind{};             ///< `mllp`, `fhir`, `folder`, `discard`: the key that stands in the file
    section options{};              ///< the mapping below that key
    std::uint32_t connections = 1;  ///< 1 keeps the feed's order
    std::vector<std::pair<std::string, std::string>> set{};      ///< `MSH-5` → `LAB`, for v2
    std::vector<std::pair<std::string, std::string>> headers{};  ///< HTTP headers, secrets resolved
    settings::retry retry{};
    milliseconds timeout = 30s;     ///< for an answer
    std::string at{};
};

struct bus {
    std::string kind = "embedded";        ///< or `kafka`
    std::vector<std::string> servers{};
    std::string prefix = "tieline.";
    std::int32_t partitions = 6;
    std::int16_t replication = 3;
    bool exactly_once = true;             ///< Kafka: transactions; false: sooner there, twice after a crash
    std::vector<std::pair<std::string, std::string>> properties{};  ///< any of librdkafka's; secrets resolved
    std::string at{};                     ///< `file:line`
};

struct ops {
    std::string address = "127.0.0.1";
    std::uint16_t port = 9464;
    friend bool operator==(const ops&, const ops&) = default;
};

struct retention {
    milliseconds finished = 24h * 30;          ///< what is finished is kept so long after it came
    std::uint64_t size = 0;                    ///< bytes above which the oldest that is finished goes sooner; 0: no limit
    std::uint64_t disk_reserve = 2ULL << 30;
};

struct configuration {
    std::string file{};
    section top{};                   ///< the whole file, for the lines of its keys: `top.at("node")`
    std::string node = "tieline";
    std::string data{};              ///< absolute
    settings::bus bus{};
    std::string site_key{};          ///< the secret itself; made at first start in `data`/site.key where not configured
    std::string site_key_file{};     ///< where it came from or is to be made
    std::vector<listener> listeners{};
    std::vector<route> routes{};
    std::vector<destination> destinations{};
    settings::ops ops{};
    settings::retention retention{};
};

/// Reads a configuration file. Every fault goes into `found` with `file:line` and what was expected; with an error among them
/// the result must not be used to run. Sections of kinds are read by their rooms; `finish` them after that.
configuration load(const std::string& file, model::issues& found);

/// As `load`, from text; `file` names it in issues and is where relative paths start.
configuration parse(std::string_view yaml, const std::string& file, model::issues& found);

/// What one part says of another: unknown destinations, two of one name, `publish: fhir` to MLLP, `original` v2 to FHIR,
/// warnings of listeners beyond loopback without TLS or a check of the sender (design, section 10).
void check(const configuration& given, model::issues& found);

}  // namespace tieline::settings
