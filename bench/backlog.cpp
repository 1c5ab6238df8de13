// Fills a data folder as a broker leaves it whose receiver was away: every message stored, published and waiting at `nowhere`.
// Usage: bench_backlog FOLDER MESSAGE COUNT     it ends without closing the store, as after a crash
// Exit: 0 filled; 1 the store failed; 2 usage.
#include "broker/base/digest.hpp"
#include "broker/bus/embedded/record.hpp"
#include "broker/deliver/dispatcher.hpp"
#include "broker/journal/duplicates.hpp"
#include "broker/journal/keys.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/store/entry.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace tieline;
using store::family;

namespace {

constexpr std::uint64_t at_once = 256;  // as a publication
constexpr int partitions = 6;

void add(store::batch& to, std::uint64_t at, const std::string& bytes, instant time)
{
    const auto key = store::key_of(at);
    const auto control_id = "B" + std::to_string(at);
    const auto patient = hex(sha256(std::to_string(at % 5'000)), 8);
    model::received message{.bytes = bytes, .listener = "pas", .peer = "127.0.0.1:1", .sender = "pas", .at = time};
    const auto content = sha256(bytes + control_id);
    to.put(family::entry, key, store::entry_value(message, {control_id, "ADT^A01", {reinterpret_cast<const char*>(content.data()), 32}}));
    to.put(family::index, journal::control_id_prefix(control_id) + key, {});
    to.put(family::index, journal::type_prefix("ADT^A01") + key, {});
    to.put(family::answer, journal::answer_key_of("pas", control_id), journal::to_value({.content = content, .at = {at}, .time = time}));
    model::outcome outcome{.state = model::message_state::published, .normalised_at = time, .published_at = time, .patient_key = patient};
    outcome.decision.topics.push_back({"adt", model::content::original, "admissions", "direct-care"});
    outcome.decision.destinations.push_back({"nowhere", model::content::original, "admissions", "direct-care"});
    const auto partition = static_cast<std::int32_t>(at % partitions);
    const auto position = static_cast<std::int64_t>(at / partitions);
    outcome.places.push_back({"tieline.adt", partition, position});
    journal::put_outcome(to, {at}, outcome, {});
    to.put(family::record, bus::embedded::partition_prefix("tieline.adt", partition) + store::key_of(static_cast<std::uint64_t>(position)),
           bus::embedded::to_value({.key = patient, .form = model::content::original, .at = {at}}));
    deliver::put_delivery(to, {.destination = "nowhere", .at = {at}, .what = {.form = model::content::original, .key = patient, .since = time}});
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 4)
        return 2;
    std::ifstream from(argv[2], std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(from), {}};
    const auto in = store::store::open(argv[1], {.node = "bench"});
    const auto count = std::strtoull(argv[3], nullptr, 10);
    for (std::uint64_t at = 1; in && at <= count;) {
        store::batch changes;
        const auto last = std::min<std::uint64_t>(at + at_once - 1, count);
        for (; at <= last; at++)
            add(changes, at, bytes, now());
        journal::put_published_through(changes, {last});
        if ((*in)->commit(std::move(changes), last == count ? store::durability::synced : store::durability::buffered))
            return 1;
    }
    std::_Exit(in ? 0 : 1);
}
