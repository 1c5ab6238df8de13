#include "broker/app/commands/reach.hpp"

#include "broker/app/configuration.hpp"
#include "broker/base/time.hpp"
#include "broker/ops/admin/client.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cmath>
#include <iostream>

namespace tieline::app {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_limit = 60s;  // a try that is under way may take ten seconds to end, for each of several orders

void parse(const std::string& text, rapidjson::Document& into)
{
    into.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
}

}  // namespace

std::optional<settings::configuration> configuration_to_reach(const std::string& file)
{
    model::issues found;
    const auto name = configuration_file(file);
    auto given = settings::load(name, found);
    if (!given.file.empty())
        return given;
    print(found);
    if (found.empty())
        complain(0, name + ": can't be read");
    return std::nullopt;
}

said ask(const settings::configuration& given, const std::string& request)
{
    said made;
    const auto came = ops::admin::ask(given.data, request, answer_limit);
    if (!came) {
        made.runs = came.error() != boost::system::errc::connection_refused;
        made.error = made.runs ? "the broker on " + given.data + " does not answer: " + came.error().message()
                               : "no broker runs on " + given.data;
        return made;
    }
    made.runs = true;
    parse(*came, made.body);
    if (made.body.HasParseError() || !made.body.IsObject())
        made.error = "the broker on " + given.data + " gave no readable answer";
    else if (!flag_in(made.body, "ok"))
        made.error = text_in(made.body, "error");
    return made;
}

std::optional<rapidjson::Document> look(const settings::configuration& given, const std::string& request, const char* name,
                                        const std::function<result<std::string>(store::store&)>& at_rest)
{
    auto came = ask(given, request);
    rapidjson::Document found;
    if (came.runs) {
        if (!came.error.empty() || !came.body.HasMember(name)) {
            complain(0, came.error.empty() ? "the broker gave no " + std::string(name) : came.error);
            return std::nullopt;
        }
        found.CopyFrom(came.body[name], found.GetAllocator());
        return found;
    }
    const auto opened = store::store::open(given.data, {.read_only = true});
    if (!opened) {
        complain(0, came.error + ", and its store can't be read: " + opened.error().message());
        return std::nullopt;
    }
    const auto read = at_rest(**opened);
    if (!read) {
        complain(0, "the store in " + given.data + " can't be read: " + read.error().message());
        return std::nullopt;
    }
    complain(0, came.error + ": this is what its store says");
    parse(*read, found);
    return found;
}

int complain(int exit, std::string_view words)
{
    std::cerr << "tieline: " << words << '\n';
    return exit;
}

std::string text_in(const rapidjson::Value& object, const char* name)
{
    const auto found = object.FindMember(name);
    if (found == object.MemberEnd() || !found->value.IsString())
        return {};
    return {found->value.GetString(), found->value.GetStringLength()};
}

double number_in(const rapidjson::Value& object, const char* name)
{
    const auto found = object.FindMember(name);
    return found != object.MemberEnd() && found->value.IsNumber() ? found->value.GetDouble() : 0;
}

bool flag_in(const rapidjson::Value& object, const char* name)
{
    const auto found = object.FindMember(name);
    return found != object.MemberEnd() && found->value.IsBool() && found->value.GetBool();
}

bool is_null_in(const rapidjson::Value& object, const char* name)
{
    const auto found = object.FindMember(name);
    return found == object.MemberEnd() || found->value.IsNull();
}

const rapidjson::Value& list_in(const rapidjson::Value& object, const char* name)
{
    static const rapidjson::Value none(rapidjson::kArrayType);
    const auto found = object.FindMember(name);
    return found != object.MemberEnd() && found->value.IsArray() ? found->value : none;
}

std::string one_line(const rapidjson::Value& value)
{
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    value.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

std::string grouped(double number)
{
    auto digits = std::to_string(std::llround(number));
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

std::string span_text(double seconds)
{
    seconds = std::max(0.0, seconds);
    if (seconds < 1)
        return std::to_string(std::lround(seconds * 1000)) + " ms";
    if (seconds < 10)
        return std::to_string(static_cast<int>(seconds)) + " s";
    return to_text(std::chrono::microseconds(std::llround(seconds * 1e6)));
}

}  // namespace tieline::app
