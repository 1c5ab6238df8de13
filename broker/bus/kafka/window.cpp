#include "broker/bus/kafka/window.hpp"

#include <set>
#include <string_view>

namespace tieline::bus::kafka {
namespace {

// An id names the range by its number and the record by its place in it.
constexpr unsigned place_bits = 24;

std::uint64_t id_of(std::uint64_t range, std::size_t place) { return range << place_bits | place; }

}  // namespace

bool window::has_room() const { return ranges_.empty() || (bytes_ < most_bytes_ && records_ < most_records_); }

void window::add(publication what)
{
    range made{.what = std::move(what)};
    made.missing = made.what.records.size();
    made.reported.resize(made.missing);
    for (const auto& one : made.what.records) {
        made.places.push_back({one.topic, 0, -1});
        made.bytes += one.value.size() + sizeof one;
    }
    bytes_ += made.bytes;
    records_ += made.missing;
    ranges_.push_back(std::move(made));
}

void window::send(const std::function<bool(const model::record&, std::uint64_t)>& send)
{
    for (std::size_t i = 0; i < ranges_.size(); i++) {
        auto& of = ranges_[i];
        for (; of.sent < of.what.records.size(); of.sent++)
            if (!of.reported[of.sent] && !send(of.what.records[of.sent], id_of(first_ + i, of.sent)))
                return;
    }
}

void window::note(const delivery_report& report)
{
    const auto number = report.id >> place_bits;
    const auto place = report.id & ((1U << place_bits) - 1);
    if (number < first_ || number - first_ >= ranges_.size())
        return;
    auto& of = ranges_[number - first_];
    if (place >= of.reported.size() || of.reported[place])
        return;
    of.reported[place] = true;
    of.missing--;
    of.places[place].partition = report.partition;
    of.places[place].position = report.position;
}

std::optional<window::range> window::take_confirmed()
{
    if (ranges_.empty() || ranges_.front().missing > 0)
        return std::nullopt;
    auto taken = std::move(ranges_.front());
    ranges_.pop_front();
    first_++;
    bytes_ -= taken.bytes;
    records_ -= taken.places.size();
    return taken;
}

void window::send_again()
{
    std::set<std::pair<std::string_view, std::string_view>> open;  // topic and key with a record that has no report
    for (auto& one : ranges_) {
        one.sent = 0;
        for (std::size_t i = 0; i < one.what.records.size(); i++) {
            const auto& record = one.what.records[i];
            if (!one.reported[i])
                open.emplace(record.topic, record.key);
            else if (open.contains({record.topic, record.key})) {
                one.reported[i] = false;
                one.missing++;
            }
        }
    }
}

}  // namespace tieline::bus::kafka
