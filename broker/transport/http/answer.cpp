#include "broker/transport/http/answer.hpp"

#include <boost/beast/http/field.hpp>

namespace tieline::transport::http {
namespace {

using field = boost::beast::http::field;

int status_of(const reply& said)
{
    switch (said.what) {
    case reply::kind::stored: return said.bytes.empty() ? 202 : 200;
    case reply::kind::rejected: return 400;
    case reply::kind::invalid: return 422;
    case reply::kind::forbidden: return 403;
    case reply::kind::unavailable: break;
    }
    return 503;
}

std::string outcome(std::string code, std::string diagnostics)
{
    return model::operation_outcome({{.code = std::move(code), .diagnostics = std::move(diagnostics)}});
}

}  // namespace

response_message make_response(int status, std::string body)
{
    response_message made;
    made.version(11);
    made.result(static_cast<unsigned>(status));
    made.set(field::cache_control, "no-store");
    if (!body.empty())
        made.set(field::content_type, "application/fhir+json; charset=utf-8");
    made.body() = std::move(body);
    made.prepare_payload();
    return made;
}

response_message make_response(const objection& why)
{
    auto made = make_response(why.status, model::operation_outcome({why.why}));
    if (why.status == 401)
        made.set(field::www_authenticate, "Bearer");
    if (why.status == 503)
        made.set(field::retry_after, "5");
    if (why.close)
        made.keep_alive(false);
    return made;
}

response_message make_response(reply said, std::string_view base)
{
    const int status = said.http_status ? said.http_status : status_of(said);
    if (said.what == reply::kind::unavailable && said.bytes.empty())
        said.bytes = outcome("transient", "the message can't be stored now, send it again later");
    if (said.what == reply::kind::forbidden && said.bytes.empty())
        said.bytes = outcome("forbidden", "this sender may not send here");
    auto made = make_response(status, std::move(said.bytes));
    if (said.what == reply::kind::unavailable)
        made.set(field::retry_after, "5");
    if (status == 202 && !said.id.empty())
        made.set(field::content_location, std::string(base) + "/_status/" + said.id);
    return made;
}

}  // namespace tieline::transport::http
