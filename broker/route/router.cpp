#include "broker/route/router.hpp"

#include <algorithm>
#include <array>

namespace tieline::route {
namespace {

/// The longest value of a message that a reason repeats: names and codes of message headers are shorter.
constexpr std::size_t most_shown = 40;

/// A predicate: its name, the values that a route takes, and the value that a message has.
struct predicate {
    std::string_view name;
    std::vector<std::string> settings::predicate::*takes;
    std::string_view (*value)(const subject&);
};

/// A new predicate is one line here and one member of settings::predicate.
constexpr std::array predicates{
    predicate{"source", &settings::predicate::source, [](const subject& of) { return of.listener; }},
    predicate{"type", &settings::predicate::type, [](const subject& of) -> std::string_view { return of.envelope.type; }},
    predicate{"trigger", &settings::predicate::trigger,
              [](const subject& of) -> std::string_view { return of.envelope.trigger; }},
    predicate{"sending application", &settings::predicate::sending_application,
              [](const subject& of) -> std::string_view { return of.envelope.sending_application; }},
    predicate{"sending facility", &settings::predicate::sending_facility,
              [](const subject& of) -> std::string_view { return of.envelope.sending_facility; }},
    predicate{"receiving application", &settings::predicate::receiving_application,
              [](const subject& of) -> std::string_view { return of.envelope.receiving_application; }},
    predicate{"receiving facility", &settings::predicate::receiving_facility,
              [](const subject& of) -> std::string_view { return of.envelope.receiving_facility; }},
};

std::string otherwise(const std::vector<std::string>& takes)
{
    std::string all = takes.size() == 1 ? " is not " : " is none of ";
    for (std::size_t index = 0; index < takes.size(); index++)
        all += (index ? ", " : "") + takes[index];
    return all;
}

/// A value as a reason may repeat it: a reason is kept in the trace and shown, so nothing long and nothing unprintable.
std::string_view shown(std::string_view value)
{
    if (value.empty())
        return "(empty)";
    const bool plain = std::all_of(value.begin(), value.end(), [](char each) { return each >= ' ' && each <= '~'; });
    return plain && value.size() <= most_shown ? value : "(not shown)";
}

/// The first route that names a topic or a destination decides how it gets the message.
template <typename Choice>
bool is_new(const std::vector<Choice>& in, std::string Choice::*member, const std::string& name)
{
    return std::none_of(in.begin(), in.end(), [&](const Choice& one) { return one.*member == name; });
}

void choose(const settings::route& by, model::decided& into)
{
    if (is_new(into.topics, &model::topic_choice::topic, by.topic))
        into.topics.push_back({.topic = by.topic, .form = by.publish, .route = by.name, .purpose = by.purpose});
    for (const auto& to : by.to)
        if (is_new(into.destinations, &model::destination_choice::destination, to))
            into.destinations.push_back({.destination = to, .form = by.publish, .route = by.name, .purpose = by.purpose});
}

}  // namespace

router::router(std::vector<settings::route> routes) : routes_(std::move(routes))
{
    for (const auto& one : routes_) {
        auto& all = conditions_.emplace_back();
        for (const auto& each : predicates)
            if (const auto& takes = one.when.*each.takes; !takes.empty())
                all.push_back({each.name, each.value, takes, otherwise(takes)});
    }
}

model::route_reason router::judge(const settings::route& by, const std::vector<condition>& all, const subject& about)
{
    model::route_reason said{.route = by.name};
    for (const auto& one : all) {
        const std::string_view value = one.value(about);
        if (std::find(one.takes.begin(), one.takes.end(), value) == one.takes.end()) {
            said.why.assign(one.name).append(" ").append(shown(value)).append(one.otherwise);
            return said;
        }
        said.why.append(said.why.empty() ? "" : ", ").append(one.name).append(" ").append(value);
    }
    said.matched = true;
    if (all.empty())
        said.why = "takes every message";
    return said;
}

model::decided router::decide(const subject& about) const
{
    model::decided made;
    made.reasons.reserve(routes_.size());
    for (std::size_t index = 0; index < routes_.size(); index++) {
        made.reasons.push_back(judge(routes_[index], conditions_[index], about));
        if (made.reasons.back().matched)
            choose(routes_[index], made);
    }
    return made;
}

std::vector<std::string> router::topics() const
{
    std::vector<std::string> all;
    for (const auto& one : routes_)
        if (std::find(all.begin(), all.end(), one.topic) == all.end())
            all.push_back(one.topic);
    return all;
}

}  // namespace tieline::route
