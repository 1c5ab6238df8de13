#include "broker/deliver/stock.hpp"

#include "broker/deliver/dispatcher.hpp"
#include "broker/deliver/queue.hpp"
#include "broker/observe/log.hpp"

#include <algorithm>

namespace tieline::deliver {
namespace {

using model::delivery_state;

constexpr std::size_t rows_a_count = 4'096;  // of one step, so that deliveries go on meanwhile

void report(std::string_view destination, error_code why)
{
    observe::log.error("deliver.queue_not_readable", {{"destination", destination}, {"reason", why.message()}});
}

}  // namespace

stock::stock(std::string destination, bool one_lane, store::store& in, ledger& writes)
    : destination_(std::move(destination)), store_(in), writes_(writes), lanes_(one_lane)
{
}

error_code stock::open(bool perhaps_sent)
{
    std::vector<gap> gaps;
    auto failed = scan_rows(
        store_, destination_, delivery_state::held, {},
        [this](offset at, const model::delivery& row) {
            held_++;
            held_keys_.add(row.key, at);
            return true;
        },
        [&gaps](offset first, offset until) { gaps.push_back({delivery_state::held, first, until}); });
    if (failed)
        return failed;
    offset last;
    const auto newest = [&last](std::string_view key, std::string_view) {
        last = offset_in(key);
        return false;
    };
    const auto from = row_key(destination_, delivery_state::waiting, {});
    failed = store_.scan_back(store::family::delivery, from, row_key(destination_, delivery_state::waiting, {~0ULL}), newest);
    coverage_ = coverage(capacity, last);
    refill();
    if (store_.log_was_damaged())
        gaps.push_back({delivery_state::waiting, {1}, {~0ULL}});  // whole batches are missing, wherever their rows were
    for (const auto& one : gaps)
        mend(one);
    lanes_.for_each([perhaps_sent](waiting& one) { one.repeated = perhaps_sent; });
    return failed;
}

void stock::offer(offset at, const model::delivery& row)
{
    switch (coverage_.offered(at, lanes_.size())) {
    case coverage::place::memory:
        lanes_.add(at, {.row = row});
        break;
    case coverage::place::store:
        break;
    case coverage::place::unsure:
        if (lanes_.find(at))
            break;
        writes_.flush();
        if (const auto kept = this->row(delivery_state::waiting, at); kept && *kept)
            lanes_.add(at, {.row = **kept});
        break;
    }
}

std::optional<offset> stock::next(instant now)
{
    refill_where_low();
    return lanes_.next(now);
}

bool stock::has_next(instant now)
{
    refill_where_low();
    return lanes_.has_next(now);
}

void stock::put_back(offset at)
{
    const auto* what = lanes_.find(at);
    put_delivery(writes_.add(), {.destination = destination_, .at = at, .what = what->row});
    lanes_.put_back(at);
}

void stock::finish(offset at, const journal::trace_line& line)
{
    auto& batch = writes_.add();
    batch.erase(store::family::delivery, row_key(destination_, delivery_state::waiting, at));
    journal::put_trace(batch, at, line);
    leave(at);
}

void stock::hold(offset at, model::delivery row, const journal::trace_line& line)
{
    auto& batch = writes_.add();
    batch.erase(store::family::delivery, row_key(destination_, delivery_state::waiting, at));
    row.state = delivery_state::held;
    put_delivery(batch, {.destination = destination_, .at = at, .what = row});
    journal::put_trace(batch, at, line);
    held_++;
    held_keys_.add(row.key, at);
    leave(at);
}

void stock::release(offset at, model::delivery row, const journal::trace_line& line)
{
    auto& batch = writes_.add();
    batch.erase(store::family::delivery, row_key(destination_, delivery_state::held, at));
    row.state = delivery_state::waiting;
    row.next_try = {};
    put_delivery(batch, {.destination = destination_, .at = at, .what = row});
    journal::put_trace(batch, at, line);
    held_--;
    held_keys_.remove(row.key, at);
    if (coverage_.joined(at))
        lanes_.add(at, {.row = std::move(row), .repeated = true});
}

void stock::skip_held(offset at, const model::delivery& row, const journal::trace_line& line)
{
    auto& batch = writes_.add();
    batch.erase(store::family::delivery, row_key(destination_, delivery_state::held, at));
    journal::put_trace(batch, at, line);
    held_--;
    held_keys_.remove(row.key, at);
}

result<std::optional<model::delivery>> stock::row(delivery_state state, offset at)
{
    return read_row(store_, destination_, state, at);
}

void stock::refill_where_low()
{
    if (!broken_ && coverage_.wants_more(lanes_.size()))
        refill();
}

// Nothing is erased in front of where a load begins, so that no load wades through tombstones.
void stock::refill()
{
    auto room = coverage_.room(lanes_.size());
    bool full = false;
    std::vector<gap> gaps;
    const auto failed = scan_rows(
        store_, destination_, delivery_state::waiting, coverage_.through(),
        [&](offset at, const model::delivery& row) {
            if (room-- == 0)
                return !(full = true);
            lanes_.add(at, {.row = row});
            coverage_.loaded(at);
            return true;
        },
        [&gaps](offset first, offset until) { gaps.push_back({delivery_state::waiting, first, until}); });
    for (const auto& one : gaps)
        mend(one);
    if (failed) {
        broken_ = failed;
        report(destination_, failed);
    } else if (!full) {
        coverage_.loaded_all();
    }
}

bool stock::count_some()
{
    if (!coverage_.counting())
        return false;
    const auto from = std::max(coverage_.counted(), coverage_.through());
    offset until = coverage_.last_at_start();
    std::size_t rows = 0;
    const auto failed = scan_rows(store_, destination_, delivery_state::waiting, from, [&](offset at, const model::delivery&) {
        if (at > coverage_.last_at_start())
            return false;
        rows++;
        if (rows < rows_a_count)
            return true;
        until = at;
        return false;
    });
    if (failed)
        report(destination_, failed);
    coverage_.count(rows, failed ? coverage_.last_at_start() : until);
    return coverage_.counting();
}

void stock::leave(offset at)
{
    if (lanes_.find(at))
        lanes_.remove(at);
    else
        coverage_.left(at);
}

}  // namespace tieline::deliver
