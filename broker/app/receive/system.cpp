#include "broker/app/receive/system.hpp"

#include "broker/app/send/answer.hpp"
#include "broker/app/send/messages.hpp"
#include "broker/base/async.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <cstdio>
#include <fstream>
#include <ostream>
#include <stdexcept>

namespace tieline::app::receive {
namespace {

using transport::reply;
using verdict_kind = model::verdict::kind;

std::optional<int> to_number(std::string_view text, int least, int most)
{
    int number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data(), end, number);
    if (failed != std::errc() || rest != end || number < least || number > most)
        return std::nullopt;
    return number;
}

std::unique_ptr<adapters::adapter> make_adapter(const behaviour& how, adapters::mode mode)
{
    adapters::registry known;
    adapters::add_builtin(known);
    model::issues found;
    auto made = known.make(how.fhir ? "fhir" : "hl7v2", {.acknowledgment = mode, .node = "receiver"}, found);
    if (!made)
        throw std::runtime_error(found.empty() ? "the adapter can't be made" : model::to_text(found.front()));
    return made;
}

reply to_reply(model::answer said)
{
    return {.what = reply::kind::stored, .bytes = std::move(said.bytes), .http_status = said.http_status};
}

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void put(json_writer& json, const char* name, std::string_view value)
{
    json.Key(name);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

}  // namespace

bool read_refusal(std::string_view text, behaviour& into)
{
    if (into.fhir) {
        into.refuse = text;
        return to_number(text, 400, 599).has_value();
    }
    into.refuse = text.substr(0, 2);
    if (into.refuse != "AE" && into.refuse != "AR" && into.refuse != "CE" && into.refuse != "CR")
        return false;
    if (text.size() == 2)
        return true;
    const auto code = text[2] == ':' ? to_number(text.substr(3), 0, 999) : std::nullopt;
    into.code = code.value_or(207);
    return code.has_value();
}

system::system(behaviour how, std::ostream& out, std::function<void()> enough)
    : how_(std::move(how)), out_(out), enough_(std::move(enough)), adapter_(make_adapter(how_, adapters::mode::automatic)),
      refusing_(make_adapter(how_, how_.refuse.starts_with('C') ? adapters::mode::enhanced : adapters::mode::original))
{
}

asio::awaitable<reply> system::accept(model::received message)
{
    const auto number = ++came_;
    const bool faulty = number % how_.every == 0;
    if (!how_.store.empty())
        store(message, number);
    if (faulty && how_.delay.count() > 0)
        co_await sleep_for(how_.delay);
    reply said;
    std::string in_short;
    if (faulty && how_.drop) {
        in_short = "dropped";  // what can't be stored has its line closed
    } else if (faulty && how_.silent) {
        said.what = reply::kind::stored;
        in_short = "silent";
    } else {
        said = faulty && !how_.refuse.empty() ? negative(message) : answer(message);
        in_short = how_.fhir ? std::to_string(said.http_status) : send::read_acknowledgment(said.bytes, send::control_id(message.bytes)).said;
        if (faulty && how_.foreign)
            in_short += " for another message";
    }
    note(message, in_short);
    if (number == how_.count)
        enough_();
    co_return said;
}

reply system::answer(const model::received& message)
{
    model::received about = message;
    if (how_.foreign && came_ % how_.every == 0)
        about.bytes = send::with_control_id(message.bytes, send::control_id(message.bytes) + "X");
    model::issues found;
    const auto envelope = adapter_->open(about, found);
    const bool wrong = model::has_error(found);
    const model::verdict verdict{.what = wrong ? verdict_kind::rejected : verdict_kind::stored,
                                 .found = std::move(found),
                                 .id = "receiver." + std::to_string(came_),
                                 .at = message.at};
    return to_reply(adapter_->answer(about, envelope, verdict));
}

reply system::negative(const model::received& message)
{
    const model::issue why{.code = "processing", .v2_code = how_.code, .diagnostics = "this receiver was told to refuse"};
    if (how_.fhir)
        return {.what = reply::kind::rejected, .bytes = model::operation_outcome({why}), .http_status = std::stoi(how_.refuse)};
    model::issues unused;
    const auto envelope = refusing_->open(message, unused);
    const model::verdict verdict{.what = how_.refuse[1] == 'E' ? verdict_kind::invalid : verdict_kind::rejected,
                                 .found = {why},
                                 .at = message.at};
    return to_reply(refusing_->answer(message, envelope, verdict));
}

reply system::refuse(std::string_view listener, std::string_view head, model::issue why)
{
    model::received message{.bytes = std::string(head), .listener = std::string(listener), .at = now()};
    model::issues unused;
    const auto envelope = refusing_->open(message, unused);
    auto said = to_reply(refusing_->answer(message, envelope, {.what = verdict_kind::rejected, .found = {std::move(why)}, .at = message.at}));
    said.close = true;
    return said;
}

void system::note(const model::received& message, std::string_view said)
{
    model::issues unused;
    const auto envelope = adapter_->open(message, unused);
    rapidjson::StringBuffer buffer;
    json_writer json(buffer);
    json.StartObject();
    put(json, "time", to_iso(message.at));
    put(json, "control_id", envelope.control_id);
    if (how_.fhir) {
        put(json, "request", message.request);
        put(json, "resource_type", envelope.type);
    } else {
        put(json, "type", envelope.type + '^' + envelope.trigger);
    }
    json.Key("bytes");
    json.Uint64(message.bytes.size());
    put(json, "answer", said);
    json.EndObject();
    out_ << std::string_view(buffer.GetString(), buffer.GetSize()) << '\n' << std::flush;
}

void system::store(const model::received& message, std::uint64_t number)
{
    char name[32]{};
    std::snprintf(name, sizeof name, "/%06llu.%s", static_cast<unsigned long long>(number), how_.fhir ? "json" : "hl7");
    std::ofstream to(how_.store + name, std::ios::binary);
    to << message.bytes << std::flush;
    if (!to)
        store_failed_ = true;
}

}  // namespace tieline::app::receive
