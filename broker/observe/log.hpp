#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace tieline::observe {

/// A value of a log field: ids, sizes, codes, durations. Never payload, never a field's value.
class field_value {
public:
    field_value(std::string_view text) : value_(text) {}
    field_value(const char* text) : value_(std::string_view(text)) {}
    field_value(const std::string& text) : value_(std::string_view(text)) {}
    field_value(bool flag) : value_(flag) {}
    template <typename T>
        requires std::is_integral_v<T>
    field_value(T number) : value_(static_cast<std::int64_t>(number)) {}
    field_value(double number) : value_(number) {}
    const auto& get() const { return value_; }

private:
    std::variant<std::string_view, bool, std::int64_t, double> value_;
};

using fields = std::initializer_list<std::pair<std::string_view, field_value>>;

enum class level { debug, info, warn, error };

/// Writes one event as a line of JSON to standard error: `{"time", "level", "event", …}`. Event names are
/// `room.what_happened`.
void write(level severity, std::string_view event, fields with);

/// The least level that is written; `info` at start.
void set_level(level least);

/// The logger of every room: `observe::log.info("journal.appended", {{"offset", offset.value}})`.
struct logger {
    void debug(std::string_view event, fields with = {}) const { write(level::debug, event, with); }
    void info(std::string_view event, fields with = {}) const { write(level::info, event, with); }
    void warn(std::string_view event, fields with = {}) const { write(level::warn, event, with); }
    void error(std::string_view event, fields with = {}) const { write(level::error, event, with); }
};
inline constexpr logger log{};

}  // namespace tieline::observe
