#pragma once

#include "broker/base/time.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace tieline::ops {

/// The text with every byte that is not UTF-8 replaced by U+FFFD: senders choose the bytes of a control id.
std::string as_utf8(std::string_view text);

/// The moment that a number of the board stands for; none for 0.
inline instant moment_of(std::int64_t micros) { return instant(std::chrono::microseconds(micros)); }

/// Seconds from `from` to `until`, as metrics and JSON say them.
inline double seconds_between(instant from, instant until) { return std::chrono::duration<double>(until - from).count(); }

/// Writes JSON value by value; texts become UTF-8 whatever they were.
class json_text {
public:
    json_text& begin_object() { return writer_.StartObject(), *this; }
    json_text& begin_object(std::string_view name) { return key(name).begin_object(); }
    json_text& end_object() { return writer_.EndObject(), *this; }
    json_text& begin_array() { return writer_.StartArray(), *this; }
    json_text& begin_array(std::string_view name) { return key(name).begin_array(); }
    json_text& end_array() { return writer_.EndArray(), *this; }

    json_text& member(std::string_view name, std::string_view value) { return key(name).text(value); }
    json_text& member(std::string_view name, const char* value) { return key(name).text(value); }
    json_text& member(std::string_view name, bool value) { return key(name), writer_.Bool(value), *this; }
    json_text& member(std::string_view name, double value) { return key(name), writer_.Double(value), *this; }
    template <std::integral T>
    json_text& member(std::string_view name, T value)
    {
        key(name);
        writer_.Int64(static_cast<std::int64_t>(value));
        return *this;
    }
    /// ISO 8601; null for the beginning of 1970, which stands for never.
    json_text& member(std::string_view name, instant at)
    {
        return at == instant{} ? null(name) : member(name, std::string_view(to_iso(at)));
    }
    json_text& null(std::string_view name) { return key(name), writer_.Null(), *this; }
    /// A value that is JSON already.
    json_text& raw(std::string_view name, std::string_view value)
    {
        key(name);
        writer_.RawValue(value.data(), value.size(), rapidjson::kObjectType);
        return *this;
    }
    json_text& text(std::string_view value)
    {
        const auto clean = as_utf8(value);
        writer_.String(clean.data(), static_cast<rapidjson::SizeType>(clean.size()));
        return *this;
    }
    std::string take() const { return {buffer_.GetString(), buffer_.GetSize()}; }

private:
    json_text& key(std::string_view name)
    {
        writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
        return *this;
    }

    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace tieline::ops
