#include "adapters/hl7v2/conversion.hpp"

// What a watched conversion says of its reading.

namespace tieline::adapters::hl7v2 {
namespace {

// Whether a piece takes all repetitions of its field.
bool takes_field(piece::kind what)
{
    return what == piece::kind::lines || what == piece::kind::encoded || what == piece::kind::points || what == piece::kind::width;
}

}  // namespace

trace::read conversion::what_it_reads(const row& one, const frame& over) const
{
    auto at = origin_of(over, one.what == row::action::compose ? one.from : one.argument);
    if (!one.pieces.empty() && takes_field(one.pieces.front().what))
        at.repetition = 0;
    return {.at = at, .all = one.what == row::action::call || (one.what == row::action::compose && !one.constant)};
}

void conversion::keep_reads(const piece& one, const frame& over) const
{
    if (one.what == piece::kind::literal || one.what == piece::kind::original)
        return;
    auto at = origin_of(over, one.from);
    if (takes_field(one.what))
        at = {.segment = at.segment, .field = at.field};
    trace_->add_read(at, takes_field(one.what) || one.what == piece::kind::whole);
    if (one.what == piece::kind::later) {
        trace_->add_read(origin_of(over, one.amount));
        if (one.has_unit)
            trace_->add_read(origin_of(over, one.unit));
    }
}

void conversion::keep_test(const condition& one, const frame& over) const
{
    switch (one.what) {
    case condition::kind::both:
    case condition::kind::either:
    case condition::kind::negated:
    case condition::kind::mapped: return;
    default: trace_->add_test(origin_of(over, one.from), one.what == condition::kind::valued || one.what == condition::kind::count);
    }
}

}  // namespace tieline::adapters::hl7v2
