#include "broker/ops/admin/requests.hpp"

#include "broker/ops/admin/selection.hpp"
#include "broker/ops/json.hpp"
#include "broker/ops/queries.hpp"
#include "broker/store/entry.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <filesystem>

namespace tieline::ops::admin {
namespace {

constexpr std::size_t longest_reason = 500;

std::string refuse(std::string_view why)
{
    return json_text().begin_object().member("ok", false).member("error", why).end_object().take();
}

std::string accept(std::string_view name, std::string_view value)
{
    return json_text().begin_object().member("ok", true).raw(name, value).end_object().take();
}

/// A request that was read; a member that is absent or of another type is empty.
class request {
public:
    explicit request(std::string_view line)
    {
        // Iterative: a line of brackets must not use up the stack.
        document_.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
    }
    bool is_object() const { return !document_.HasParseError() && document_.IsObject(); }
    std::string text(const char* name) const
    {
        const auto found = document_.FindMember(name);
        if (found == document_.MemberEnd() || !found->value.IsString())
            return {};
        return {found->value.GetString(), found->value.GetStringLength()};
    }
    bool flag(const char* name) const
    {
        const auto found = document_.FindMember(name);
        return found != document_.MemberEnd() && found->value.IsBool() && found->value.GetBool();
    }
    std::vector<std::string> list(const char* name) const
    {
        std::vector<std::string> all;
        const auto found = document_.FindMember(name);
        if (found == document_.MemberEnd() || !found->value.IsArray())
            return all;
        for (const auto& one : found->value.GetArray())
            all.emplace_back(one.IsString() ? std::string(one.GetString(), one.GetStringLength()) : std::string());
        return all;
    }

private:
    rapidjson::Document document_;
};

std::string_view fault_of(const std::string& reason)
{
    if (reason.empty())
        return "a reason is needed; it stands in the message's story";
    if (reason.size() > longest_reason)
        return "the reason is longer than 500 bytes";
    const bool one_line = std::none_of(reason.begin(), reason.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
    return one_line ? "" : "the reason has to be one line of text";
}

void write_row(json_text& json, store::store& from, const selected& one)
{
    const auto label = one.row.at.value > 0 ? store::read_label(from, one.row.at) : result<store::entry_label>(store::errc::not_found);
    json.begin_object()
        .member("id", one.id)
        .member("destination", one.row.destination)
        .member("state", one.error.empty() ? model::name(one.row.what.state) : std::string_view())
        .member("control_id", label ? label->control_id : std::string())
        .member("type", label ? label->type : std::string())
        .member("delivered_since", one.row.delivered_since)
        .member("error", one.error)
        .end_object();
}

// Carries the order out on each, where `commit` says so, and tells of each what came of it.
std::string order(const parts& with, deliver::order::kind what, const request& asked, const std::string& who)
{
    const auto reason = asked.text("reason");
    if (const auto fault = fault_of(reason); !fault.empty())
        return refuse(fault);
    std::string refused;
    const wanted given{.what = what, .ids = asked.list("ids"), .destination = asked.text("destination"), .all = asked.flag("all")};
    auto rows = select(with.store, with.configuration()->node, given, refused);
    if (!refused.empty())
        return refuse(refused);
    const bool commits = asked.flag("commit");
    std::int64_t done = 0;
    for (auto& one : rows) {
        if (commits && one.error.empty())
            one.error = with.dispatcher.carry_out(
                {.what = what, .destination = one.row.destination, .at = one.row.at, .reason = reason, .who = who});
        done += one.error.empty() ? 1 : 0;
    }
    json_text json;
    json.begin_object().member("ok", true).member("committed", commits).member("count", done).member("failed", std::int64_t(rows.size()) - done);
    json.begin_array("rows");
    for (const auto& one : rows)
        write_row(json, with.store, one);
    return json.end_array().end_object().take();
}

std::string change_pace(const parts& with, bool pauses, const request& asked, const std::string& who)
{
    const auto reason = asked.text("reason");
    const auto destination = asked.text("destination");
    if (const auto fault = fault_of(reason); !fault.empty())
        return refuse(fault);
    const auto why_not = pauses ? with.dispatcher.pause(destination, reason, who) : with.dispatcher.resume(destination, reason, who);
    return why_not.empty() ? json_text().begin_object().member("ok", true).end_object().take() : refuse(why_not);
}

// A copy of the store beside it, of the same moment, for the command to carry away and remove: copying takes longer than an answer may.
std::string backup(const parts& with)
{
    const auto folder = copy_of_store(with.configuration()->data);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);  // a command that was killed left it
    const auto failed = with.store.copy_to(folder);
    return failed ? refuse("the store can't be copied: " + failed.message())
                  : json_text().begin_object().member("ok", true).member("folder", folder).end_object().take();
}

std::string show(std::string_view name, const result<std::string>& found)
{
    return found ? accept(name, *found) : refuse("the store can't be read: " + found.error().message());
}

}  // namespace

std::string copy_of_store(const std::string& data) { return data + "/copy-for-backup"; }

std::string requests::answer(std::string_view line, const std::string& who)
{
    const request asked(line);
    if (!asked.is_object())
        return refuse("expected one JSON object a line");
    const auto what = asked.text("do");
    const auto node = from_.configuration()->node;
    if (what == "status")
        return accept("status", status(from_.board, from_.store, *from_.configuration()));
    if (what == "trace")
        return show("traces", traces(from_.store, node, asked.text("id")));
    if (what == "held")
        return show("held", held(from_.store, node, asked.text("destination")));
    if (what == "release")
        return order(from_, deliver::order::kind::release, asked, who);
    if (what == "skip")
        return order(from_, deliver::order::kind::skip, asked, who);
    if (what == "hold")
        return order(from_, deliver::order::kind::hold, asked, who);
    if (what == "pause" || what == "resume")
        return change_pace(from_, what == "pause", asked, who);
    if (what == "backup")
        return backup(from_);
    return refuse("`do` has to be one of status, trace, held, release, skip, hold, pause, resume, backup");
}

}  // namespace tieline::ops::admin
