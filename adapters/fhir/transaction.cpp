#include "adapters/fhir/transaction.hpp"

#include "adapters/fhir/survey.hpp"
#include "broker/base/digest.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <vector>

namespace tieline::adapters::fhir {
namespace {

// Who and where: others know them too, by their identifiers.
constexpr std::array<std::string_view, 9> shared_types = {"Device", "Encounter", "EpisodeOfCare", "HealthcareService", "Location",
                                                          "Organization", "Patient", "Practitioner", "PractitionerRole"};

bool is_shared(std::string_view type) { return std::find(shared_types.begin(), shared_types.end(), type) != shared_types.end(); }

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_type(std::string_view type) { return !type.empty() && std::all_of(type.begin(), type.end(), is_letter); }

bool is_uuid(std::string_view text)
{
    if (text.size() != 36)
        return false;
    for (std::size_t i = 0; i < text.size(); i++) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-') || (!dash && std::string_view("0123456789abcdef").find(text[i]) == std::string_view::npos))
            return false;
    }
    return true;
}

// `identifier=system|value` as a search has it (FHIR R4 §3.1.1.4.1.1), as a URL has that (RFC 3986 §2.3).
std::string search_for(const surveyed_entry& one)
{
    std::string made = "identifier=";
    const auto add = [&made](std::string_view text, bool escaped) {
        for (const char c : text) {
            if (escaped && (c == '\\' || c == ',' || c == '|' || c == '$'))
                made += "%5C";
            if (is_letter(c) || (c >= '0' && c <= '9') || std::string_view("-._~:/").find(c) != std::string_view::npos) {
                made += c;
            } else {
                made += '%';
                made += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4];
                made += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 15];
            }
        }
    };
    add(one.system, true);
    add("|", false);
    add(one.value, true);
    return made;
}

/// How an entry stands in the transaction.
struct plan {
    enum class way { put, update_by_search, create_if_none, left_out } how = way::put;
    std::string id{};
    std::string search{};
};

class maker {
public:
    maker(std::string_view text, const survey& of, match by) : text_(text), of_(of), by_(by), plans_(of.entries.size()) {}

    std::string why_not() const
    {
        if (std::all_of(of_.entries.begin(), of_.entries.end(), [](const auto& one) { return one.type == "MessageHeader"; }))
            return "it holds nothing but its header";
        const auto usable = [](const surveyed_entry& one) { return is_type(one.type) && one.resource.end > one.resource.begin; };
        if (!std::all_of(of_.entries.begin(), of_.entries.end(), usable))
            return "an entry of it has no resource of a usable type";
        return {};
    }

    std::string make()
    {
        find_places();
        decide();
        std::string made = R"({"resourceType":"Bundle","type":"transaction")";
        made.reserve(text_.size() + of_.entries.size() * 200);
        if (!of_.identifier.empty())
            (made += ",\"identifier\":") += of_.identifier;
        made += ",\"entry\":[";
        for (const auto at : in_order())
            write_entry(at, made);
        if (made.back() == ',')
            made.pop_back();
        return made += "]}";
    }

private:
    using index = std::size_t;
    static constexpr index none = ~index{};

    void find_places()
    {
        for (index i = 0; i < of_.entries.size(); i++) {
            const auto& one = of_.entries[i];
            if (!one.full_url.empty())
                places_.emplace(one.full_url, i);
            if (!one.id.empty())
                places_.emplace(std::string(one.type) + "/" + std::string(one.id), i);
        }
    }

    index find(std::string_view reference) const
    {
        const auto found = places_.find(reference);
        return found == places_.end() ? none : found->second;
    }

    void decide()
    {
        std::unordered_map<std::string, int> times;
        for (const auto& one : of_.entries)
            times[std::string(one.type) + one.system + "|" + one.value]++;
        for (index i = 0; i < of_.entries.size(); i++) {
            const auto& one = of_.entries[i];
            auto& to = plans_[i];
            to.id = id_of(one);
            if (one.type == "MessageHeader" || (one.type == "Encounter" && !one.has_identifier && !one.has_beginning)) {
                to.how = plan::way::left_out;
            } else if (by_ == match::identifier && is_shared(one.type) && !one.value.empty() && times[std::string(one.type) + one.system + "|" + one.value] == 1) {
                to.how = is_in_focus(one.type) ? plan::way::update_by_search : plan::way::create_if_none;
                to.search = search_for(one);
            }
        }
    }

    // What the message is about it updates; what it only mentions it must not overwrite with the little that it says of it.
    bool is_in_focus(std::string_view type) const
    {
        return std::any_of(of_.focus.begin(), of_.focus.end(), [&](std::string_view to) {
            const auto at = find(to);
            return at != none && of_.entries[at].type == type;
        });
    }

    // Another system's `Patient/1` is another patient: ids that are not unique by themselves are made so by their source.
    std::string id_of(const surveyed_entry& one) const
    {
        if (is_uuid(one.id))
            return std::string(one.id);
        const auto bare = one.full_url.starts_with("urn:uuid:") ? one.full_url.substr(9) : std::string_view();
        if (one.id.empty() && is_uuid(bare))
            return std::string(bare);
        const auto& own = one.id.empty() ? one.full_url : one.id;
        return uuid_v5(std::string(one.type) + "|" + std::string(of_.source) + "|" + std::string(own));
    }

    // What is referred to comes before what refers to it, as far as that goes; a circle begins where the message did.
    std::vector<index> in_order() const
    {
        std::vector<index> made;
        std::vector<char> seen(of_.entries.size());
        std::vector<std::pair<index, std::size_t>> path;  // an entry, and which of its references comes next
        for (index i = 0; i < of_.entries.size(); i++) {
            if (!seen[i])
                path.emplace_back(i, 0);
            seen[i] = 1;
            while (!path.empty()) {
                auto& [at, next] = path.back();
                if (next == of_.entries[at].pointers.size()) {
                    made.push_back(at);
                    path.pop_back();
                } else if (const auto to = find(of_.entries[at].pointers[next++].to); to != none && !seen[to]) {
                    seen[to] = 1;
                    path.emplace_back(to, 0);
                }
            }
        }
        return made;
    }

    void write_entry(index at, std::string& to) const
    {
        const auto& how = plans_[at];
        if (how.how == plan::way::left_out)
            return;
        const auto type = of_.entries[at].type;
        ((to += R"({"fullUrl":"urn:uuid:)") += how.id) += R"(","resource":)";
        write_resource(at, to);
        const bool creates = how.how == plan::way::create_if_none;
        ((to += R"(,"request":{"method":")") += creates ? "POST" : "PUT") += R"(","url":")";
        to += type;
        if (how.how == plan::way::put)
            (to += '/') += how.id;
        else
            (to += creates ? R"(","ifNoneExist":")" : "?") += how.search;
        to += "\"}},";
    }

    void write_resource(index at, std::string& to) const
    {
        const auto& one = of_.entries[at];
        auto from = one.resource.begin;
        // An id and pointers come in the order of the text, the id first or between.
        bool id_written = false;
        const auto write_id = [&] {
            id_written = true;
            if (plans_[at].how != plan::way::put)
                take_out(one.id_member, from, to);
            else
                put_in(one.id_member, "\"id\":\"" + plans_[at].id + "\"", from, to);
        };
        if (one.id_member.end == 0 && plans_[at].how == plan::way::put) {
            ((to += "{\"id\":\"") += plans_[at].id) += "\",";
            from++;
        }
        for (const auto& next : one.pointers) {
            if (!id_written && one.id_member.end != 0 && one.id_member.begin < next.member.begin)
                write_id();
            write_pointer(next, from, to);
        }
        if (!id_written && one.id_member.end != 0)
            write_id();
        to += text_.substr(from, one.resource.end - from);
    }

    void write_pointer(const pointer& one, std::size_t& from, std::string& to) const
    {
        const auto at = find(one.to);
        if (at == none)
            return;
        const auto& target = plans_[at];
        if (target.how == plan::way::left_out)
            return write_stand_in(one, of_.entries[at], from, to);
        const auto place = target.how == plan::way::put ? std::string(of_.entries[at].type) + "/" + target.id : "urn:uuid:" + target.id;
        put_in(one.member, '"' + std::string(one.name) + "\":\"" + place + '"', from, to);
    }

    // A reference to what the transaction leaves out says in words, or by the message's identifier, what it was.
    void write_stand_in(const pointer& one, const surveyed_entry& gone, std::size_t& from, std::string& to) const
    {
        if (gone.type == "MessageHeader" && !of_.identifier.empty() && !one.has_identifier)
            put_in(one.member, "\"identifier\":" + std::string(of_.identifier), from, to);
        else if (!one.has_display)
            put_in(one.member, gone.type == "MessageHeader" ? R"("display":"the message")" : R"("display":"an encounter without number or beginning")", from, to);
        else
            take_out(one.member, from, to);
    }

    void put_in(const stretch& place, std::string_view what, std::size_t& from, std::string& to) const
    {
        to += text_.substr(from, place.begin - from);
        to += what;
        from = place.end;
    }

    // A member goes with the comma behind it, or before it when it is the last.
    void take_out(const stretch& place, std::size_t& from, std::string& to) const
    {
        put_in(place, "", from, to);
        const auto next = text_.find_first_not_of(" \t\r\n", from);
        if (next != std::string_view::npos && text_[next] == ',') {
            from = next + 1;
            return;
        }
        to.resize(to.find_last_not_of(" \t\r\n") + 1);
        if (to.back() == ',')
            to.pop_back();
    }

    std::string_view text_;
    const survey& of_;
    match by_;
    std::vector<plan> plans_;
    std::map<std::string, index, std::less<>> places_{};
};

}  // namespace

transaction make_transaction(std::string bundle, match by)
{
    const auto of = read_survey(bundle);
    if (!of)
        return {.why_not = "it is no Bundle in JSON"};
    if (of->bundle_type == "transaction")
        return {.bundle = std::move(bundle)};
    if (of->bundle_type != "message")
        return {.why_not = "it is no Bundle of type message or transaction"};
    maker made(bundle, *of, by);
    auto why_not = made.why_not();
    return why_not.empty() ? transaction{.bundle = made.make()} : transaction{.why_not = std::move(why_not)};
}

}  // namespace tieline::adapters::fhir
