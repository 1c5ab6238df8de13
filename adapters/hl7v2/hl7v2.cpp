#include "adapters/hl7v2/hl7v2.hpp"

#include "adapters/hl7v2/answer.hpp"
#include "adapters/hl7v2/batch.hpp"
#include "adapters/hl7v2/charset.hpp"
#include "adapters/hl7v2/conversion.hpp"
#include "adapters/hl7v2/explain.hpp"
#include "adapters/hl7v2/header.hpp"
#include "adapters/hl7v2/primitive.hpp"
#include "adapters/hl7v2/text.hpp"
#include "adapters/hl7v2/write.hpp"
#include "broker/base/nhs_number.hpp"

#include <algorithm>

namespace tieline::adapters::hl7v2 {
namespace {

// What the sender calls an NHS number: as the assigning authority, or as the type (NH by the standard; HN is often sent).
bool is_called_nhs(const model::patient_identifier& one)
{
    return one.authority == "NHS" || one.type == "NH" || one.type == "HN" || one.type == "NHS";
}

model::patient_identifier read_identifier(std::string_view written, const message& from, arena& memory)
{
    const auto& marks = from.marks();
    const auto component = [&](unsigned number) {
        const auto part = part_of(part_of(written, marks.component, number), marks.subcomponent, 1);
        return std::string(trim(unescape(trim(part), marks, memory)));
    };
    model::patient_identifier made{.type = component(5), .authority = component(4), .value = component(1)};
    std::string digits = made.value;
    std::erase(digits, ' ');
    const bool is_live = trim(part_of(from.field(from.segments().front(), 11), marks.component, 1)) == "P";
    if (is_called_nhs(made) && is_nhs_number(digits) && !(is_live && is_nhs_number_for_tests(digits))) {
        made.type = "NHS";
        made.value = digits;
    }
    return made;
}

// PID-3, which names the patient; PID-2 before HL7 v2.3.1 had the same task.
std::vector<model::patient_identifier> read_patient(const message& from, arena& memory)
{
    const auto all = from.segments();
    const auto pid = std::find_if(all.begin(), all.end(), [](const segment& one) { return one.name == "PID"; });
    std::vector<model::patient_identifier> made;
    if (pid == all.end())
        return made;
    const auto field = !trim(from.field(*pid, 3)).empty() ? from.field(*pid, 3) : from.field(*pid, 2);
    for (unsigned number = 1; number <= std::min(count_parts(field, from.marks().repetition), 100U); number++) {
        auto one = read_identifier(part_of(field, from.marks().repetition, number), from, memory);
        if (!one.value.empty() && one.value != "\"\"")
            made.push_back(std::move(one));
    }
    return made;
}

constexpr std::size_t most_kept = 1U << 20;  // bytes of the room for a Bundle

class hl7v2_adapter : public adapter {
public:
    hl7v2_adapter(options given, std::shared_ptr<const program> maps, time_zone zone)
        : options_(std::move(given)), conversion_(std::move(maps), std::move(zone))
    {
        conversion_.watch(options_.explain ? &trace_ : nullptr);
    }

    std::optional<batch> split(std::string_view bytes) const override { return split_batch(bytes); }

    model::answer answer_batch(std::string_view bytes, std::span<const model::answer> answers) const override
    {
        return {.bytes = make_batch_answer(bytes, answers)};
    }

    model::envelope open(const model::received& message, model::issues& found) override
    {
        return to_envelope(read_header(message.bytes, found), found);
    }

    model::normalised normalise(const model::received& received) override
    {
        model::normalised made;
        const auto head = read_header(received.bytes, made.found);
        if (!head.readable)
            return made;
        made.found.clear();  // what it says of the header, reading says again
        const auto text = to_utf8(received.bytes, trim(part_of(head.field(18), head.marks.repetition, 1)), utf8_, made.found,
                                  {.fallback = options_.charset, .marks = head.marks});
        if (!message_.read(text, made.found))
            return made;
        conversion_.run(message_, received.bytes, made.found);
        made.patient = read_patient(message_, conversion_.memory());
        if (model::has_error(made.found) || !conversion_.bundle())
            return made;
        written_.clear();
        write_bundle(*conversion_.bundle(), conversion_.entries(), written_);
        made.bundle = written_.view();
        written_.shrink(most_kept);
        if (options_.explain)
            made.explained = explain(conversion_, trace_);
        return made;
    }

    model::answer answer(const model::received& message, const model::envelope&, const model::verdict& verdict) override
    {
        model::issues unused;
        return {.bytes = make_answer(read_header(message.bytes, unused), verdict, options_)};
    }

    model::answer application_answer(const model::received& message, const model::envelope&, const model::verdict& verdict) override
    {
        model::issues unused;
        return {.bytes = make_application_answer(read_header(message.bytes, unused), verdict, options_)};
    }

private:
    options options_;
    message message_{};
    conversion conversion_;
    trace trace_{};
    std::string utf8_{};
    json_text written_{};
};

// Tieline's own maps are compiled once for all listeners that have no overlay.
template <bool uk>
std::shared_ptr<const program> own_maps(model::issues& found)
{
    static const std::shared_ptr<const program> own = [] {
        model::issues faults;
        return program::compile({.uk = uk}, faults);
    }();
    return own ? own : program::compile({.uk = uk}, found);
}

std::shared_ptr<const program> compile(const options& given, model::issues& found)
{
    if (!given.overlay.empty())
        return program::compile({.uk = given.uk, .overlay = given.overlay}, found);
    return given.uk ? own_maps<true>(found) : own_maps<false>(found);
}

}  // namespace

std::unique_ptr<adapter> make_adapter(const options& given, model::issues& found)
{
    model::issues faults;
    auto zone = time_zone::load(given.time_zone, faults);
    auto maps = compile(given, faults);
    if (!is_single_byte_charset(given.charset))
        faults.push_back({.code = "value", .at = "charset",
                          .diagnostics = "no such character set, expected windows-1252 or one of 8859/1 to 8859/15"});
    found.insert(found.end(), faults.begin(), faults.end());
    if (model::has_error(faults) || !maps)
        return nullptr;
    return std::make_unique<hl7v2_adapter>(given, std::move(maps), std::move(zone));
}

}  // namespace tieline::adapters::hl7v2
