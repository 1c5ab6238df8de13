#include "broker/transport/http/address.hpp"

#include <algorithm>

namespace tieline::transport::http {
namespace {

using kind = asked::kind;

// The names of resource types and ids (R4 §2.24.0.1) as they may stand in an address.
bool is_type(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && text[0] >= 'A' && text[0] <= 'Z' &&
           std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
}

bool is_id(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
}

asked one_of(std::string_view method, std::string_view allowed, asked found)
{
    if (method == allowed || (allowed == "GET" && method == "HEAD"))
        return found;
    return {.what = kind::not_allowed, .allow = allowed == "GET" ? "GET, HEAD" : std::string(allowed)};
}

}  // namespace

asked read_address(std::string_view method, std::string_view target, std::string_view base)
{
    auto path = target.substr(0, target.find('?'));
    if (!path.starts_with(base))
        return {};
    path.remove_prefix(base.size());
    if (path.empty() || path == "/")
        return one_of(method, "POST", {.what = kind::message, .request = "POST Bundle"});
    if (path[0] != '/')
        return {};
    path.remove_prefix(1);
    const auto slash = path.find('/');
    const auto first = path.substr(0, slash);
    const auto second = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (path == "$process-message" || path == "%24process-message")  // some clients encode the dollar
        return one_of(method, "POST", {.what = kind::message, .request = "POST $process-message"});
    if (path == "metadata")
        return one_of(method, "GET", {.what = kind::metadata});
    if (first == "_status" && is_id(second))
        return one_of(method, "GET", {.what = kind::status, .request = std::string(second)});
    if (is_type(first) && slash == std::string_view::npos)
        return one_of(method, "POST", {.what = kind::message, .request = "POST " + std::string(first)});
    if (is_type(first) && is_id(second))
        return one_of(method, "PUT", {.what = kind::message, .request = "PUT " + std::string(first) + '/' + std::string(second)});
    return {};
}

}  // namespace tieline::transport::http
