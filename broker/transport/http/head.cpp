#include "broker/transport/http/head.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <array>

namespace tieline::transport::http {
namespace {

using boost::beast::iequals;
using field = boost::beast::http::field;

objection framing(std::string diagnostics)
{
    return {.status = 400, .why = {.code = "structure", .diagnostics = std::move(diagnostics)}, .close = true};
}

std::string_view value(const head& of, field name)
{
    const auto found = of.find(name);
    return found == of.end() ? std::string_view() : std::string_view(found->value().data(), found->value().size());
}

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_json(std::string_view media)
{
    constexpr std::array<std::string_view, 4> types{"application/fhir+json", "application/json", "application/json+fhir", "text/json"};
    return std::any_of(types.begin(), types.end(), [&](std::string_view one) { return iequals(one, media); });
}

// `application/fhir+json; charset=utf-8; fhirVersion=4.0`
bool is_fhir_json(std::string_view content_type)
{
    auto semicolon = content_type.find(';');
    if (!is_json(trimmed(content_type.substr(0, semicolon))))
        return false;
    while (semicolon != std::string_view::npos) {
        content_type.remove_prefix(semicolon + 1);
        semicolon = content_type.find(';');
        const auto parameter = trimmed(content_type.substr(0, semicolon));
        if (parameter.size() >= 8 && iequals(parameter.substr(0, 8), "charset=") && !iequals(parameter.substr(8), "utf-8") &&
            !iequals(parameter.substr(8), "\"utf-8\""))
            return false;
    }
    return true;
}

bool accepts_json(std::string_view accept)
{
    while (!accept.empty()) {
        const auto comma = accept.find(',');
        const auto one = accept.substr(0, comma);
        const auto media = trimmed(one.substr(0, one.find(';')));
        if (media == "*/*" || iequals(media, "application/*") || is_json(media))
            return true;
        accept = comma == std::string_view::npos ? std::string_view() : accept.substr(comma + 1);
    }
    return false;
}

}  // namespace

std::optional<objection> check_framing(const head& of)
{
    const auto coded = of.count(field::transfer_encoding);
    const auto lengths = of.count(field::content_length);
    if (coded > 1 || (coded == 1 && !iequals(trimmed(value(of, field::transfer_encoding)), "chunked")))
        return framing("Transfer-Encoding is not understood, expected chunked or none");
    if (coded == 1 && lengths > 0)
        return framing("Transfer-Encoding and Content-Length exclude each other");
    if (coded == 1 && of.version() < 11)
        return framing("Transfer-Encoding needs HTTP/1.1");
    if (lengths > 1)
        return framing("several Content-Length headers, expected one");
    if (of.version() >= 11 && of.count(field::host) != 1)
        return framing("no or several Host headers, expected one");
    for (const auto& one : of) {
        if (one.value().find_first_of("\r\n") != boost::beast::string_view::npos)
            return framing("a line end inside a header");
    }
    return std::nullopt;
}

std::optional<objection> check_media(const head& of)
{
    if (!is_fhir_json(value(of, field::content_type)))
        return objection{.status = 415, .why = {.code = "not-supported", .diagnostics = "the content type is not accepted, expected application/fhir+json in UTF-8"}};
    if (of.count(field::accept) > 0 && !accepts_json(value(of, field::accept)))
        return objection{.status = 406, .why = {.code = "not-supported", .diagnostics = "no other answer than application/fhir+json can be given"}};
    return std::nullopt;
}

}  // namespace tieline::transport::http
