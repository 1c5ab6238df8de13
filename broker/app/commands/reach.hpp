#pragma once

#include "broker/settings/settings.hpp"
#include "broker/store/store.hpp"

#include <rapidjson/document.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::app {

// How the commands that look at a broker, or change what it does, reach it: through the socket in its data folder, or, to look
// while none runs, in its store.

/// The configuration as far as these commands need it (node, data folder, names): a fault elsewhere in the file, or a secret that
/// this shell does not have, does not stop them. None, with the reason on standard error, when the file can't be read.
std::optional<settings::configuration> configuration_to_reach(const std::string& file);

/// What the broker said to one request, or why it said nothing.
struct said {
    bool runs = false;              ///< a broker answered
    rapidjson::Document body{};     ///< `{"ok": …}`
    std::string error{};            ///< in words; empty: `ok` was true
};
said ask(const settings::configuration& given, const std::string& request);

/// What a query came to: the broker's answer, its member `name`; or, when none runs, what `at_rest` reads in the store. None, with
/// the reason on standard error, when neither can be had.
std::optional<rapidjson::Document> look(const settings::configuration& given, const std::string& request, const char* name,
                                        const std::function<result<std::string>(store::store&)>& at_rest);

/// Prints `tieline: …` to standard error and gives `exit`.
int complain(int exit, std::string_view words);

// Members of the JSON that comes back; empty where they are absent.
std::string text_in(const rapidjson::Value& object, const char* name);
double number_in(const rapidjson::Value& object, const char* name);
bool flag_in(const rapidjson::Value& object, const char* name);
bool is_null_in(const rapidjson::Value& object, const char* name);
const rapidjson::Value& list_in(const rapidjson::Value& object, const char* name);

/// A value as one line of JSON.
std::string one_line(const rapidjson::Value& value);

/// `12,345`.
std::string grouped(double number);

/// A span of seconds for people: `850 ms`, `4 s`, `3 min`; no finer, as it is over when it is read.
std::string span_text(double seconds);

}  // namespace tieline::app
