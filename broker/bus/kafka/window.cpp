#include "broker/bus/kafka/window.hpp"

#include <set>
#include <string_view>

namespace tieline::bus::kafka {
namespace {

// An id names the range by its number and the record by its place in it.
constexpr unsigned place_bits = 24;

std::uint64_t id_of(std::uint64_t range, std::size_t place) { return range << place_bits | place; }

void mark(window::range& in, std::size_t place, bool reported)
{
    if (in.reported[place] == reported)
        return;
    in.reported[place] = reported;
    reported ? in.missing-- : in.missing++;
}

}  // namespace

bool window::has_room() const { return ranges_.empty() || (bytes_ < most_bytes_ && records_ < most_records_); }

void window::add(publication what)
{
    range made{.what = std::move(what)};
    made.missing = made.what.records.size();
    made.bytes = made.what.kept_bytes;
    made.reported.resize(made.missing);
    made.released = made.what.through <= through_;
    for (const auto& one : made.what.records) {
        made.places.push_back({.place = {one.topic, 0, -1}});
        made.bytes += one.value.size() + sizeof one;
    }
    through_ = made.what.through;
    bytes_ += made.bytes;
    records_ += made.missing;
    ranges_.push_back(std::move(made));
}

void window::send(const std::function<bool(range&)>& begin, const std::function<bool(const model::record&, std::uint64_t)>& send)
{
    for (std::size_t i = 0; i < ranges_.size(); i++) {
        auto& of = ranges_[i];
        if (!of.begun && !begin(of))
            return;
        of.begun = true;
        for (; of.sent < of.what.records.size(); of.sent++)
            if (!of.reported[of.sent] && !send(of.what.records[of.sent], id_of(first_ + i, of.sent)))
                return;
    }
}

void window::refuse(range& in, offset message, const std::string& why)
{
    for (std::size_t i = 0; i < in.places.size(); i++) {
        if (in.what.records[i].at != message)
            continue;
        in.places[i].refused = why;
        mark(in, i, true);
    }
}

void window::skip(range& in, const progress& there)
{
    for (std::size_t i = 0; i < in.places.size(); i++)
        if (there.holds(in.what.records[i].at, in.released))
            mark(in, i, true);
}

void window::note(const delivery_report& report)
{
    const auto number = report.id >> place_bits;
    const auto place = report.id & ((1U << place_bits) - 1);
    if (number < first_ || number - first_ >= ranges_.size())
        return;
    auto& of = ranges_[number - first_];
    if (place >= of.reported.size())
        return;
    mark(of, place, true);
    of.places[place].place.partition = report.partition;
    of.places[place].place.position = report.position;
}

std::optional<window::range> window::take_confirmed()
{
    if (ranges_.empty() || !ranges_.front().begun || ranges_.front().missing > 0)
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
        one.begun = false;
        for (std::size_t i = 0; i < one.what.records.size(); i++) {
            const auto& record = one.what.records[i];
            if (!one.reported[i])
                open.emplace(record.topic, record.key);
            else if (open.contains({record.topic, record.key}))
                mark(one, i, false);
        }
    }
}

void window::start_over()
{
    for (auto& one : ranges_) {
        one.sent = 0;
        one.begun = false;
        for (std::size_t i = 0; i < one.what.records.size(); i++) {
            one.places[i].refused.clear();
            mark(one, i, false);
        }
    }
}

}  // namespace tieline::bus::kafka
