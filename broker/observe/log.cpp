#include "broker/observe/log.hpp"

#include "broker/base/time.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace tieline::observe {
namespace {

// spdlog gives the sink and the level; the line itself is JSON, so the pattern is bare.
spdlog::logger& sink()
{
    static const auto made = [] {
        auto logger = std::make_shared<spdlog::logger>("tieline", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        logger->set_pattern("%v");
        return logger;
    }();
    return *made;
}

spdlog::level::level_enum spdlog_level(level severity)
{
    constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                    spdlog::level::err};
    return levels[static_cast<int>(severity)];
}

struct write_value {
    rapidjson::Writer<rapidjson::StringBuffer>& json;
    void operator()(std::string_view text) const
    {
        json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    }
    void operator()(bool flag) const { json.Bool(flag); }
    void operator()(std::int64_t number) const { json.Int64(number); }
    void operator()(double number) const { json.Double(number); }
};

}  // namespace

void set_level(level least) { sink().set_level(spdlog_level(least)); }

void write(level severity, std::string_view event, fields with)
{
    if (!sink().should_log(spdlog_level(severity)))
        return;
    constexpr std::string_view names[] = {"debug", "info", "warn", "error"};
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
    const write_value put{json};
    json.StartObject();
    json.Key("time");
    put(to_iso(now()));
    json.Key("level");
    put(names[static_cast<int>(severity)]);
    json.Key("event");
    put(event);
    for (const auto& [name, value] : with) {
        json.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
        std::visit(put, value.get());
    }
    json.EndObject();
    sink().log(spdlog_level(severity), spdlog::string_view_t(buffer.GetString(), buffer.GetSize()));
}

}  // namespace tieline::observe
