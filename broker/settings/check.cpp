#include "broker/settings/settings.hpp"
#include "broker/settings/words.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <map>

namespace tieline::settings {
namespace {

void fault(model::issues& found, const std::string& at, std::string words)
{
    found.push_back({.at = at, .diagnostics = std::move(words)});
}

void warn(model::issues& found, const std::string& at, std::string words)
{
    found.push_back({.level = model::severity::warning, .at = at, .diagnostics = std::move(words)});
}

bool is_loopback(const std::string& address)
{
    in_addr four{};
    in6_addr six{};
    if (inet_pton(AF_INET, address.c_str(), &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    if (inet_pton(AF_INET6, address.c_str(), &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
    return address == "localhost";
}

bool is_any(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

/// No value of one list is in the other; an empty list holds all.
bool disjoint(const std::vector<std::string>& a, const std::vector<std::string>& b)
{
    return !a.empty() && !b.empty()
        && std::none_of(a.begin(), a.end(), [&b](const auto& one) { return std::find(b.begin(), b.end(), one) != b.end(); });
}

/// Whether a message that the listener accepts could match the route, as far as the file says.
bool could_match(const route& which, const listener& from)
{
    return !disjoint(which.when.source, {from.name}) && !disjoint(which.when.type, from.accept.type)
        && !disjoint(which.when.sending_application, from.sending_application)
        && !disjoint(which.when.sending_facility, from.sending_facility);
}

/// HL7 v2 message types are three capitals or digits (HL7 table 0076), FHIR's resource types are words.
bool could_be_v2(const route& which)
{
    const auto& types = which.when.type;
    return types.empty() || std::any_of(types.begin(), types.end(), [](const std::string& type) { return type.size() == 3; });
}

bool could_be_fhir(const route& which)
{
    const auto& types = which.when.type;
    return types.empty() || std::any_of(types.begin(), types.end(), [](const std::string& type) { return type.size() != 3; });
}

/// The sender's format of what the route sends on as it came must be the destination's.
void check_original(const configuration& given, const route& which, const destination& to, model::issues& found)
{
    for (const auto& from : given.listeners) {
        if (!could_match(which, from))
            continue;
        const bool fhir = from.adapter.name == "fhir";
        if (to.kind == "fhir" && !fhir && could_be_v2(which))
            fault(found, which.at, "`publish: original` sends the v2 messages of listener " + from.name
                                       + " to the FHIR destination " + to.name + ", expected `publish: fhir`");
        if (to.kind == "mllp" && fhir && could_be_fhir(which))
            fault(found, which.at, "`publish: original` sends the FHIR messages of listener " + from.name
                                       + " to the MLLP destination " + to.name + "; name its sources (`when: {source: …}`)");
    }
}

bool is_routed_to(const configuration& given, const std::string& name)
{
    return std::any_of(given.routes.begin(), given.routes.end(),
                       [&](const route& from) { return std::find(from.to.begin(), from.to.end(), name) != from.to.end(); });
}

bool gets_acknowledgments(const configuration& given, const std::string& name)
{
    return std::any_of(given.listeners.begin(), given.listeners.end(), [&](const listener& from) { return from.application_ack_to == name; });
}

// What could be meant by a name that nothing has.
std::string hint(const std::string& name, const std::vector<std::string>& names)
{
    if (names.empty())
        return "there are none";
    const std::string meant = nearest(name, names);
    return meant.empty() ? "there are: " + joined(names) : "did you mean \"" + meant + "\"?";
}

void check_destinations(const configuration& given, const route& which, model::issues& found)
{
    std::vector<std::string> names;
    for (const auto& one : given.destinations)
        names.push_back(one.name);
    for (const auto& name : which.to) {
        const auto to = std::find_if(given.destinations.begin(), given.destinations.end(),
                                     [&name](const destination& one) { return one.name == name; });
        if (to == given.destinations.end()) {
            fault(found, which.at, "route " + which.name + " names the destination " + name + ", which does not exist; " + hint(name, names));
        } else if (which.publish == model::content::original) {
            check_original(given, which, *to, found);
        } else if (to->kind == "mllp") {
            fault(found, which.at, "`publish: fhir` to the MLLP destination " + name + ", expected `publish: original`");
        }
    }
}

void check_sources(const configuration& given, const route& which, model::issues& found)
{
    std::vector<std::string> names;
    for (const auto& one : given.listeners)
        names.push_back(one.name);
    bool known = true;
    for (const auto& name : which.when.source)
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            known = false;
            fault(found, which.at, "route " + which.name + " names the source " + name + ", which is no listener; " + hint(name, names));
        }
    if (known && !given.listeners.empty()
        && std::none_of(given.listeners.begin(), given.listeners.end(), [&](const auto& from) { return could_match(which, from); }))
        warn(found, which.at, "route " + which.name + " can never match: no listener accepts what it asks for");
}

void check_routes(const configuration& given, model::issues& found)
{
    std::map<std::string_view, std::string_view> lines;
    for (const auto& which : given.routes) {
        if (const auto [first, fresh] = lines.emplace(which.name, which.at); !fresh && !which.name.empty())
            fault(found, which.at, "a second route is named " + which.name + ", the first stands at " + std::string(first->second));
        check_sources(given, which, found);
        check_destinations(given, which, found);
    }
}

/// Everybody on the network may reach it: say what is missing to keep others out.
void check_exposure(const listener& from, model::issues& found)
{
    const auto address = from.transport.peek("address");
    if (!address || is_loopback(*address))
        return;
    if (!from.transport.has("tls"))
        warn(found, from.at, "listener " + from.name
                                 + " can be reached from other machines without TLS; messages can be read and changed on the way");
    const bool known = from.transport.has("token") || from.transport.has("tls", "clients");
    const bool named = !from.sending_application.empty() || !from.sending_facility.empty();
    if (from.from.empty() && !known && !named)
        warn(found, from.at, "listener " + from.name + " takes messages from anybody who can reach it; expected `from`, client "
                                 "certificates (`tls: {clients: …}`), `sending_application` or a token");
}

/// What gets a listener's application acknowledgments gets nothing else, as a message has one row at a destination.
void check_application_ack(const configuration& given, const listener& from, model::issues& found)
{
    const auto& name = from.application_ack_to;
    if (name.empty())
        return;
    const auto refuse = [&](std::string words) { fault(found, from.at, "application_ack of listener " + from.name + ": " + std::move(words)); };
    std::vector<std::string> names;
    for (const auto& one : given.destinations)
        names.push_back(one.name);
    const auto to = std::find_if(given.destinations.begin(), given.destinations.end(), [&name](const auto& one) { return one.name == name; });
    if (to == given.destinations.end())
        refuse("there is no destination " + name + "; " + hint(name, names));
    else if (to->kind == "fhir")
        refuse("expected a destination that takes HL7 v2, " + name + " takes FHIR");
    if (from.adapter.name == "fhir" || from.mode == "original")
        refuse("expected with HL7 v2 in enhanced mode only");
    if (is_routed_to(given, name))
        refuse("expected a destination that no route names; give " + name + " a second name for its acknowledgments");
}

void check_listeners(const configuration& given, model::issues& found)
{
    struct place {
        std::string address, port, what;
    };
    std::vector<place> taken{{given.ops.address, std::to_string(given.ops.port), "ops"}};
    for (const auto& from : given.listeners) {
        check_exposure(from, found);
        check_application_ack(given, from, found);
        const place mine{from.transport.peek("address").value_or("127.0.0.1"), from.transport.peek("port").value_or("0"),
                         "listener " + from.name};
        for (const auto& other : taken)
            if (mine.port != "0" && mine.port == other.port
                && (mine.address == other.address || is_any(mine.address) || is_any(other.address)))
                fault(found, from.at, mine.what + " and " + other.what + " both want port " + mine.port);
        taken.push_back(mine);
        if (!given.routes.empty()
            && std::none_of(given.routes.begin(), given.routes.end(), [&](const route& to) { return could_match(to, from); }))
            warn(found, from.at, "no route can take a message of listener " + from.name + "; all of them would end as Filtered");
    }
}

}  // namespace

void check(const configuration& given, model::issues& found)
{
    if (given.listeners.empty())
        warn(found, given.file, "there are no listeners, so no message can come");
    if (given.routes.empty())
        warn(found, given.file, "there are no routes, so every message would end as Filtered");
    check_listeners(given, found);
    check_routes(given, found);
    for (const auto& to : given.destinations)
        if (!is_routed_to(given, to.name) && !gets_acknowledgments(given, to.name))
            warn(found, to.at, "no route names the destination " + to.name);
    if (!is_loopback(given.ops.address))
        warn(found, given.file, "ops listens beyond loopback: only /healthz, /readyz and /metrics are served there");
}

}  // namespace tieline::settings
